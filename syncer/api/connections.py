"""Connections that the deadline guard watches, and that add the key in the last step before the wire.

The key belongs in the query string, but no library may see it there: requests and urllib3 put URLs into
exceptions, logs and `response.url` (site-api.md section 13, 14). So it is added where the request line is
written, and only on the way to the API's own host, which a redirect cannot change. Deadline and key need
private names of urllib3; a missing one is an error at import, and not a request without them.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from .deadline_guard import DeadlineGuard
from .tls import shared_context

PRIVATE_API = (
    ("HTTPConnection", "_new_conn"),  # overridden: opens the socket that the guard watches
    ("HTTPConnection", "_dns_host"),
    ("HTTPConnection", "_tunnel_host"),
    ("HTTPConnection", "_tunnel_port"),
    ("HTTPConnection", "_tunnel_scheme"),
    ("PoolManager", "pool_classes_by_scheme"),
)


def require_private_api() -> None:
    """Raise ImportError if this urllib3 lacks a name that the deadline or the key depends on."""
    owners = {"HTTPConnection": HTTPConnection("localhost"), "PoolManager": urllib3.PoolManager()}
    missing = [f"{owner}.{name}" for owner, name in PRIVATE_API if not hasattr(owners[owner], name)]
    if missing:
        raise ImportError(
            f"urllib3 {version('urllib3')} has no {', '.join(missing)}, which ra-syncer needs to limit "
            "requests in time and to hide the key. Install urllib3 >= 2.2, < 3."
        )


require_private_api()


class Session(requests.Session):
    """A session that does not read where a redirect leads.

    requests reads the body of a 3xx without a limit, and fails on invalid targets, even where redirects are
    not followed.
    """

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """The guard of all connections, and the only host (and port) that gets the key."""

    guard: DeadlineGuard
    host: tuple[str, int] | None = None
    key: str = field(default="", repr=False)

    def connect(self, connection: HTTPConnection) -> socket.socket:
        """Return a watched socket. Raises urllib3's errors, as the method that it replaces does."""
        address = (connection._dns_host, connection.port or 0)
        try:
            return connect(address, connection.timeout, connection.socket_options or (), self.guard)
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(connection, "no answer") from error
        except (OSError, UnicodeError) as error:  # the latter: a name that cannot exist
            raise urllib3.exceptions.NewConnectionError(connection, str(error)) from error

    def target(self, connection: HTTPConnection, url: str) -> str:
        """Return the URL for the request line, with the key if it goes to the API's host."""
        if connection.sock is not None:  # an open connection that is used again
            self.guard.watch(connection.sock)
        tunnel = connection._tunnel_host
        address = (tunnel, connection._tunnel_port) if tunnel else (connection.host, connection.port)
        if address != self.host:
            return url
        return url + ("&" if "?" in url else "?") + urlencode({"y": self.key})


class GuardedHTTPConnection(HTTPConnection):
    rules: ConnectionRules

    def _new_conn(self) -> socket.socket:
        return self.rules.connect(self)

    # The step after request(), which keeps its URL and logs it when a header of the answer is invalid.
    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        super().putrequest(method, self.rules.target(self, url), *args, **kwargs)


class GuardedHTTPSConnection(HTTPSConnection):
    rules: ConnectionRules

    def _new_conn(self) -> socket.socket:
        return self.rules.connect(self)

    def connect(self) -> None:
        """Connect with the context that all connections with these authorities share."""
        file = self.ca_certs
        # A proxy that speaks TLS itself gets a context of its own, made from the file.
        if not file or self._tunnel_scheme == "https":
            super().connect()
            return
        # Without the file, which urllib3 would load into the context again.
        self.ssl_context, self.ca_certs = shared_context(file), None
        try:
            super().connect()
        finally:
            self.ca_certs = file

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        super().putrequest(method, self.rules.target(self, url), *args, **kwargs)


class GuardedAdapter(HTTPAdapter):
    """An adapter of requests whose connections follow the rules, and which never retries by itself."""

    def __init__(self, rules: ConnectionRules) -> None:
        self._pools = guarded_pools(rules)  # before init_poolmanager, which the next line calls
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def guarded_pools(given: ConnectionRules) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Return pools whose connections follow these rules; urllib3 makes connections from classes only."""

    class PlainConnection(GuardedHTTPConnection):
        rules = given

    class SecureConnection(GuardedHTTPSConnection):
        rules = given

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": PlainPool, "https": SecurePool}


def connect(
    address: tuple[str, int], timeout: float | None, options: Iterable[Any], guard: DeadlineGuard
) -> socket.socket:
    """Return a socket to the first address of that name that accepts it. Raises OSError.

    The guard watches each socket before it connects, so that a stop ends a connection attempt, too.
    """
    failure = OSError("no address")
    for family, kind, protocol, _, target in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
        if guard.expired:
            raise TimeoutError
        opened = socket.socket(family, kind, protocol)
        try:
            for option in options:
                opened.setsockopt(*option)
            opened.settimeout(timeout)
            guard.watch(opened)
            opened.connect(target)
            return opened
        except OSError as error:
            failure = error
            opened.close()
    raise failure
