"""One attempt over the wire: key appended last, host pinned, the whole request bounded in time and size."""

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from syncer import __version__
from syncer.core.clock import Clock
from syncer.core.errors import ApiError, BatchError, Cancelled, ConfigError, SiteUnavailable, TransientError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_BYTES = 8 * 2**20
CHUNK_SIZE = 65536


@dataclass(frozen=True, slots=True)
class RawResponse:
    """What came back. `complete`: the framing proves that the body is whole. `at`: when it had been read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool
    at: datetime


class DeadlineGuard:
    """Shuts the socket down when the time is over, or when somebody asks us to stop."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self.late = False
        self.stopped = False

    @property
    def expired(self) -> bool:
        return self.late or self.stopped

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """So long for what is asked within, however busily the other side drips."""
        self.late = False
        timer = threading.Timer(seconds, self.out_of_time)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # else it might still fire, into the next attempt
            self.release()

    def watch(self, line: socket.socket) -> None:
        """A duplicate, for wrapping in TLS takes the descriptor away from the original."""
        self.release()
        self._line = socket.socket(fileno=os.dup(line.fileno()))  # SSLSocket.dup refuses
        if self.expired:
            self._shutdown()

    def release(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def out_of_time(self) -> None:
        self.late = True
        self._shutdown()

    def stop(self) -> None:
        self.stopped = True
        self._shutdown()

    def _shutdown(self) -> None:
        line = self._line
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class Session(requests.Session):
    """Follows nothing, and does not even look where an answer wants to send us.

    Without this, requests reads the body of a 3xx without any limit, and breaks on odd targets.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Transport:
    """Asks the API that it was made for, and nobody else; one question at a time.

    `timeout`: seconds for one whole request. `ca_file`: a private authority. `proxy`: its URL, or none;
    the environment's proxies and ~/.netrc are not used. Raises ConfigError for plain http to another machine,
    an empty key, and a `ca_file` that cannot be read.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        clock: Clock,
        timeout: float = 30.0,
        ca_file: str = "",
        proxy: str = "",
        max_bytes: int = MAX_BYTES,
        user_agent: str = f"ra-syncer/{__version__}",
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ConfigError("the API's address must begin with https://")
        if not key:
            raise ConfigError("the key is empty")
        _check_authorities(ca_file)
        self._base_url, self._key = base_url.rstrip("/"), key
        self._clock, self.timeout, self._max_bytes = clock, timeout, max_bytes
        self._watchdog, self._one_at_a_time = DeadlineGuard(), threading.Lock()
        self._session = Session()
        self._session.trust_env = False
        self._session.headers.update(
            {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        )
        self._session.verify = ca_file or True
        self._session.proxies = {"https": proxy, "http": proxy} if proxy else {}
        host = (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)
        self._session.mount(f"{parts.scheme}://", adapter(host, key, self._watchdog))
        clock.on_stop(self._watchdog.stop)

    def __repr__(self) -> str:
        return f"Transport({self._base_url})"

    def get(self, path: str, params: Mapping[str, str]) -> RawResponse:
        """One attempt. Raises TransientError, SiteUnavailable, BatchError (too large) or Stopped."""
        with self._one_at_a_time:
            if self._watchdog.stopped:
                raise Cancelled
            with self._watchdog.limit(self.timeout):
                outcome = self._outcome(f"{self._base_url}/{path}?{urlencode(params, safe=',')}")
            # Raised outside of every handler, so that no chain leads to an error of theirs.
            if self._watchdog.stopped:
                raise Cancelled
            if self._watchdog.late:
                raise TransientError(f"no whole answer within {self.timeout:g} s")
            if isinstance(outcome, ApiError):
                raise outcome
            return outcome

    def _outcome(self, url: str) -> RawResponse | ApiError:
        """Their errors become ours."""
        try:
            return self._attempt(url)
        except ApiError as error:
            return error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return self._failure(error)

    def _attempt(self, url: str) -> RawResponse:
        connect = min(10.0, self.timeout)
        with self._session.get(
            url, stream=True, allow_redirects=False, timeout=(connect, self.timeout + 1)
        ) as answer:
            body = self._read(answer)
            framed = "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers
            body = body.replace(self._key.encode(), b"[key]")  # an error page may repeat the address
            return RawResponse(answer.status_code, answer.headers, body, framed, self._clock.now())

    def _read(self, answer: requests.Response) -> bytes:
        """At most `max_bytes` after decoding: a small body can unfold to a huge one."""
        body = bytearray()
        while portion := answer.raw.read1(CHUNK_SIZE, decode_content=True):
            body += portion
            if len(body) > self._max_bytes:
                raise BatchError(f"an answer of more than {self._max_bytes // 2**20} MB")
        return bytes(body)

    def _failure(self, error: Exception) -> ApiError:
        causes = list(_error_chain(error))
        if any(isinstance(c, ssl.SSLError) for c in causes) and not any(
            isinstance(c, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for c in causes
        ):
            hint = (
                "For a private authority set [api] ca_file; else check the address and the machine's clock."
            )
            return SiteUnavailable("the secure connection (TLS) was refused", hint=hint)
        if any(isinstance(c, (TimeoutError, requests.Timeout)) for c in causes):
            return TransientError("the site did not answer in time")
        if any(isinstance(c, requests.exceptions.ProxyError) for c in causes):
            return SiteUnavailable("the proxy did not connect us", hint="Check [api] proxy.")
        if any(isinstance(c, socket.gaierror) for c in causes):
            return SiteUnavailable("the name of the site was not found (DNS)", hint="Check the network.")
        if any(isinstance(c, urllib3.exceptions.NewConnectionError) for c in causes):
            return SiteUnavailable("no connection to the site", hint="Check the network.")
        return TransientError("the answer was cut off or garbled")

    def close(self) -> None:
        self._session.close()


def _check_authorities(ca_file: str) -> None:
    if not ca_file:
        return
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # also what OpenSSL says of a file without a certificate
        raise ConfigError(
            f"ca_file cannot be used: {ca_file} ({error.strerror or 'no certificate'})"
        ) from None


def _error_chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: as cause, context, reason or argument."""
    seen: set[int] = set()
    todo: list[Any] = [error]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _connect(
    address: tuple[str, int], timeout: float | None, options: Iterable[Any], watchdog: DeadlineGuard
) -> socket.socket:
    """Each place of that name in turn, watched from its first packet on. Raises OSError."""
    failure = OSError("no address")
    for family, kind, protocol, _, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        if watchdog.expired:
            raise TimeoutError
        line = socket.socket(family, kind, protocol)
        try:
            for option in options:
                line.setsockopt(*option)
            line.settimeout(timeout)
            watchdog.watch(line)
            line.connect(place)
            return line
        except OSError as error:
            failure = error
            line.close()
    raise failure


def adapter(host: tuple[str, int] | None, key: str, watchdog: DeadlineGuard) -> HTTPAdapter:
    """Watched connections that add the key in their last step, and only on the way to the API's own host."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            address = (self._dns_host, self.port or 0)
            try:
                return _connect(address, self.timeout, self.socket_options or (), watchdog)
            except TimeoutError as error:
                raise urllib3.exceptions.ConnectTimeoutError(self, "no answer") from error
            except (OSError, UnicodeError) as error:  # the latter: a name that cannot exist
                raise urllib3.exceptions.NewConnectionError(self, str(error)) from error

        def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
            # The step after request(), which keeps its URL for later and logs it when a header is odd.
            if self.sock is not None:
                watchdog.watch(self.sock)
            tunnel = self._tunnel_host
            if (tunnel or self.host, self._tunnel_port if tunnel else self.port) == host:
                url += ("&" if "?" in url else "?") + urlencode({"y": key})
            super().putrequest(method, url, *args, **kwargs)

    class Secure(Plain, HTTPSConnection):
        pass

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = POOLS

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **kwargs)
            manager.pool_classes_by_scheme = POOLS
            return manager

    POOLS = {"http": PlainPool, "https": SecurePool}
    return Adapter(max_retries=0)
