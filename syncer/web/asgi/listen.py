"""The listening sockets of a host, and the address that a browser can open."""

import errno
import socket
from contextlib import ExitStack
from ipaddress import ip_address
from typing import Any

from syncer.core.errors import BindError
from syncer.core.loopback import LOOPBACK_HOSTS, is_ip

BACKLOG = 128
BIND_ERRORS = {
    errno.EADDRINUSE: "another program uses that port",
    errno.EACCES: "this user may not use that port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EAFNOSUPPORT: "this machine has no IPv6",
}
ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def bind(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address of the host: requests wait for their answer from now on.

    Port 0 is any free port, the same one for each address. An address that this machine lacks is left out if
    there is another one. Raises BindError.
    """
    try:
        with ExitStack() as opened:  # closed again if a later one fails
            found = _listen_to_all(host, port, opened)
            opened.pop_all()
            return found
    except OSError as error:
        reason = BIND_ERRORS.get(error.errno or 0, error.strerror or "it cannot be used")
        raise BindError(f"the pages cannot be served at {url_host(host)}:{port}: {reason}") from None


def _listen_to_all(host: str, port: int, opened: ExitStack) -> list[socket.socket]:
    found: list[socket.socket] = []
    absent = None
    for family, (address, _, *more) in addresses(host):
        try:
            listening = listen(family, (address, port_of(found[0]) if found else port, *more))
        except OSError as error:
            if error.errno not in ABSENT:
                raise
            absent = error
        else:
            found.append(opened.enter_context(listening))
    if absent and not found:
        raise absent
    return found


def addresses(host: str) -> list[tuple[int, Any]]:
    """Return the family and the socket address of each IP address of a host."""
    # Machines differ in what they call localhost; browsers try both addresses.
    names = [name for name in LOOPBACK_HOSTS if is_ip(name)] if host == "localhost" else [host]
    try:
        found = [entry for name in names for entry in socket.getaddrinfo(name, 0, type=socket.SOCK_STREAM)]
    except UnicodeError:  # a name that no host can have, such as a..b
        raise OSError(errno.EADDRNOTAVAIL, "") from None
    return list(dict.fromkeys((family, target) for family, *_, target in found))


def listen(family: int, target: Any) -> socket.socket:
    """Return a socket that listens there; at `::`, which means every address, also to IPv4 clients."""
    is_dual = family == socket.AF_INET6 and is_unspecified(target[0])
    listening = socket.create_server(target, family=family, backlog=BACKLOG, dualstack_ipv6=is_dual)
    listening.set_inheritable(False)
    return listening


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def is_unspecified(host: str) -> bool:
    return is_ip(host) and ip_address(host).is_unspecified


def url_host(host: str) -> str:
    """Return the host as it is written in a URL that a browser on this machine can open."""
    if is_unspecified(host) or not host:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
