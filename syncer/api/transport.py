"""One attempt over the wire: the key added last, the host fixed, time and size of the answer limited."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit

import requests
import urllib3

from syncer import __version__
from syncer.core import descriptors
from syncer.core.clock import Clock
from syncer.core.errors import ApiError, BatchError, Cancelled, ConfigError, TransientError
from syncer.core.loopback import LOOPBACK_HOSTS
from syncer.core.places import left_place

from .connections import ConnectionRules, GuardedAdapter, Session
from .deadline_guard import DeadlineGuard
from .tls import shared_context
from .transport_errors import translate

MAX_BYTES = 8 * 2**20
CHUNK_SIZE = 65536
LENGTH = re.compile(r"-?[0-9]+")
MAX_DIGITS = 18  # of a length; more are never read as a number
CONNECT_TIMEOUT = 10.0  # seconds
USER_AGENT = f"ra-syncer/{__version__}"


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer. `complete`: its framing proves that the body is whole. `at`: when it had been read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    complete: bool
    at: datetime


class Transport:
    """Sends requests to one API with one key, one at a time.

    `timeout`: seconds for one whole request. `ca_file`: a private authority. `proxy`: its URL; the proxies of
    the environment and ~/.netrc are not used. Raises ConfigError for plain http to another machine, an empty
    key, and a `ca_file` that cannot be read.
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
        user_agent: str = USER_AGENT,
    ) -> None:
        host = _require_safe(base_url)
        if not key:
            raise ConfigError("the key is empty")
        _require_authorities(ca_file)
        self._base_url, self._key = base_url.rstrip("/"), key
        self._clock, self.timeout, self._max_bytes = clock, timeout, max_bytes
        # One request at a time, since the guard watches a single socket.
        self._guard, self._one_at_a_time = DeadlineGuard(), threading.Lock()
        self._session = open_session(ConnectionRules(self._guard, host, key), ca_file, proxy, user_agent)
        self._session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip"})
        clock.on_stop(self._guard.stop)

    def __repr__(self) -> str:
        return f"Transport({self._base_url})"

    def get(self, path: str, params: Mapping[str, str]) -> RawResponse:
        """Make one attempt. Raises TransientError, SiteUnavailable, BatchError (too large) or Cancelled."""
        with self._one_at_a_time:
            if self._guard.stopped:
                raise Cancelled
            # The place is taken again after the limit: waiting for it must not make a whole answer late.
            with left_place(), self._guard.limit(self.timeout):
                outcome = self._outcome(f"{self._base_url}/{path}?{urlencode(params, safe=',')}")
            # Raised outside of every handler: a chained error of a library would show the URL.
            if self._guard.stopped:
                raise Cancelled
            if self._guard.late:
                raise TransientError(f"no complete answer within {self.timeout:g} s")
            if isinstance(outcome, ApiError):
                raise outcome
            return outcome

    def _outcome(self, url: str) -> RawResponse | ApiError:
        try:
            return self._attempt(url)
        except ApiError as error:
            return error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return translate(error)

    def _attempt(self, url: str) -> RawResponse:
        # The guard ends the request; the timeout of single reads is only there in case it fails.
        timeout = (min(CONNECT_TIMEOUT, self.timeout), self.timeout + 1)
        with self._session.get(url, stream=True, allow_redirects=False, timeout=timeout) as answer:
            self._require_possible_length(answer)
            body = self._read(answer)
            framed = "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers
            body = body.replace(self._key.encode(), b"[key]")  # an error page may repeat the URL
            return RawResponse(answer.status_code, answer.headers, body, framed, self._clock.now())

    def _require_possible_length(self, answer: requests.Response) -> None:
        """Raise BatchError for a length that no answer can have: the wait for its body would never end."""
        length = answer.headers.get("Content-Length", "").strip()
        if "Transfer-Encoding" in answer.headers or not LENGTH.fullmatch(length):
            return
        if length.startswith("-"):
            raise BatchError("an answer of negative length")
        if len(length) > MAX_DIGITS or int(length) > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> BatchError:
        return BatchError(f"an answer of more than {self._max_bytes // 2**20} MB")

    def _read(self, answer: requests.Response) -> bytes:
        """Return at most `max_bytes` after decompression: a small body can unfold to a huge one."""
        body = bytearray()
        # read1 returns what has arrived; read would fill its chunk first, however long that takes.
        while chunk := answer.raw.read1(CHUNK_SIZE, decode_content=True):
            body += chunk
            if len(body) > self._max_bytes:
                raise self._too_large()
        return bytes(body)

    def close(self) -> None:
        self._session.close()


def open_session(rules: ConnectionRules, ca_file: str, proxy: str, user_agent: str = USER_AGENT) -> Session:
    """Return a session of guarded connections that ignores the environment's proxies and ~/.netrc."""
    session = Session()
    session.trust_env = False
    session.verify = ca_file or True
    session.proxies = {"https": proxy, "http": proxy} if proxy else {}
    session.headers["User-Agent"] = user_agent
    adapter = GuardedAdapter(rules)  # one, because each has classes of its own
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def _require_safe(base_url: str) -> tuple[str, int]:
    """Return host and port of an address to which the key may be sent. Raises ConfigError."""
    parts = urlsplit(base_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
        raise ConfigError("the API's address must begin with https://")
    return (parts.hostname or "").rstrip("."), parts.port or (443 if parts.scheme == "https" else 80)


def _require_authorities(ca_file: str) -> None:
    if not ca_file:
        return
    try:
        shared_context(ca_file)
    except OSError as error:  # also OpenSSL's error for a file without a certificate
        if error.errno in descriptors.EXHAUSTED:
            raise
        raise ConfigError(
            f"ca_file cannot be used: {ca_file} ({error.strerror or 'no certificate'})"
        ) from None
