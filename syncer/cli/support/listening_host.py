"""Whether the pages can be served at the configured host."""

import socket
from contextlib import suppress

from syncer.config import Config
from syncer.core.loopback import is_ip


def find_unusable_host(config: Config) -> list[str]:
    """Return a problem if [web] host is a name without an address of this machine, as `eth0` is.

    Not for the daemon: at its start the names may not be resolved yet. An IP address may be one to come.
    """
    host = config.web.host
    if is_ip(host) or _can_listen(host):
        return []
    example = "127.0.0.1, or 0.0.0.0 for all of this machine's addresses"
    return [f"[web] host: {host!r} is not the name of an address of this machine (like {example})"]


def _can_listen(host: str) -> bool:
    with suppress(OSError, UnicodeError):
        for family, kind, _, _, address in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            with suppress(OSError), socket.socket(family, kind) as made:
                made.bind(address)
                return True
    return False
