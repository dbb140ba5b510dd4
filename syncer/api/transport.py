"""One attempt over the wire: key appended last, host pinned, the whole request bounded in time and size."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from syncer import __version__
from syncer.core.clock import Clock
from syncer.core.errors import ApiError, BatchFailure, ConfigError, Hiccup, SiteFailure, Stopped

LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAX_BYTES = 8 * 2**20
PORTION = 65536


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `complete`: the framing proves that the body is whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool


class Watchdog:
    """Shuts the socket down when the time is over, or when somebody asks us to stop."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self.late = False
        self.stopped = False

    def watch(self, line: socket.socket) -> None:
        """A duplicate, for wrapping in TLS takes the descriptor away from the original."""
        self.release()
        self._line = line.dup()
        if self.late or self.stopped:
            self._cut()

    def release(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def out_of_time(self) -> None:
        self.late = True
        self._cut()

    def stop(self) -> None:
        self.stopped = True
        self._cut()

    def _cut(self) -> None:
        line = self._line
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class Transport:
    """Asks the API that it was made for, and nobody else.

    `timeout`: seconds for one whole request. `ca_file`: a private authority. `proxy`: its URL, or none;
    the environment's proxies and ~/.netrc are not used. Raises ConfigError for plain http to another machine.
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
        self._base_url, self._key = base_url.rstrip("/"), key
        self._clock, self.timeout, self._max_bytes = clock, timeout, max_bytes
        self._watchdog = Watchdog()
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"}
        )
        self._session.verify = ca_file or True
        self._session.proxies = {"https": proxy, "http": proxy} if proxy else {}
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self._session.mount(f"{parts.scheme}://", _adapter((parts.hostname or "", port), key, self._watchdog))
        clock.on_stop(self._watchdog.stop)

    def __repr__(self) -> str:
        return f"Transport({self._base_url})"

    def get(self, path: str, params: Mapping[str, str]) -> Reply:
        """One attempt. Raises Hiccup, SiteFailure, BatchFailure (too large) or Stopped."""
        if self._watchdog.stopped:
            raise Stopped
        self._watchdog.late = False
        timer = threading.Timer(self.timeout, self._watchdog.out_of_time)
        timer.daemon = True
        timer.start()
        try:
            with self._translated():
                return self._attempt(f"{self._base_url}/{path}?{urlencode(params, safe=',')}")
        finally:
            timer.cancel()
            self._watchdog.release()

    def _attempt(self, url: str) -> Reply:
        connect = min(10.0, self.timeout)
        with self._session.get(
            url, stream=True, allow_redirects=False, timeout=(connect, self.timeout)
        ) as answer:
            body = self._read(answer)
            framed = "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers
            body = body.replace(self._key.encode(), b"[key]")  # an error page may repeat the address
            return Reply(answer.status_code, answer.headers, body, framed)

    def _read(self, answer: requests.Response) -> bytes:
        """At most `max_bytes` after decoding: a small body can unfold to a huge one."""
        body = bytearray()
        while portion := answer.raw.read1(PORTION, decode_content=True):
            body += portion
            if len(body) > self._max_bytes:
                raise BatchFailure(f"an answer of more than {self._max_bytes // 2**20} MB")
        return bytes(body)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Their errors become ours, and lose their cause on purpose: its text may hold the address."""
        failure: ApiError | None = None
        try:
            yield
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = self._failure(error)
        except ApiError as error:
            failure = error
        if self._watchdog.stopped:
            raise Stopped
        if self._watchdog.late:
            raise Hiccup(f"no whole answer within {self.timeout:g} s")
        if failure is not None:
            raise failure

    def _failure(self, error: Exception) -> ApiError:
        causes = list(_causes(error))
        if any(isinstance(c, ssl.SSLError) for c in causes) and not any(
            isinstance(c, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for c in causes
        ):
            hint = (
                "For a private authority set [api] ca_file; else check the address and the machine's clock."
            )
            return SiteFailure("the secure connection (TLS) was refused", hint=hint)
        if any(isinstance(c, (socket.gaierror, urllib3.exceptions.NameResolutionError)) for c in causes):
            return SiteFailure("the name of the site was not found (DNS)", hint="Check the network.")
        if any(isinstance(c, (TimeoutError, requests.Timeout)) for c in causes):
            return Hiccup("the site did not answer in time")
        if any(isinstance(c, urllib3.exceptions.NewConnectionError) for c in causes):
            return SiteFailure("no connection to the site", hint="Check the network.")
        if any(isinstance(c, (requests.exceptions.ProxyError)) for c in causes):
            return SiteFailure("the proxy did not connect us", hint="Check [api] proxy.")
        return Hiccup("the answer was cut off or garbled")

    def close(self) -> None:
        self._session.close()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: as cause, context, reason or argument."""
    seen: set[int] = set()
    todo: list[Any] = [error]
    while todo:
        one = todo.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _adapter(host: tuple[str, int], key: str, watchdog: Watchdog) -> HTTPAdapter:
    """Connections that add the key in their last step, and only on the way to the API's own host."""

    class Keyed:
        def _new_conn(self) -> socket.socket:
            line: socket.socket = super()._new_conn()  # type: ignore[misc]
            watchdog.watch(line)
            return line

        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
            line = getattr(self, "sock", None)
            if line is not None:
                watchdog.watch(line)
            tunnel = getattr(self, "_tunnel_host", None)
            port = self._tunnel_port if tunnel else self.port  # type: ignore[attr-defined]
            if (tunnel or self.host, port) == host:  # type: ignore[attr-defined]
                url += ("&" if "?" in url else "?") + urlencode({"y": key})
            return super().request(method, url, *args, **kwargs)  # type: ignore[misc]

    class Plain(Keyed, HTTPConnection):
        pass

    class Secure(Keyed, HTTPSConnection):
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
