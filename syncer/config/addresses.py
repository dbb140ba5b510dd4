"""Readers for addresses: the API, the database, a proxy, trusted certificates, the web server's host."""

import ipaddress
import os
import re
import ssl
from typing import Any
from urllib.parse import urlsplit

from syncer.core.base_path import parse_base_path
from syncer.core.loopback import LOOPBACK_HOSTS, is_ip

from .files import raise_if_exhausted
from .text import reject_invisible

# With underscores: names of containers may have them.
HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")


def mask_password(url: str) -> str:
    """Return the URL with its password as ***, whether it stands before the host or in the query."""
    # A password may contain @: it ends at the last one before the query.
    return re.sub(r"(password=)[^&]*", r"\1***", re.sub(r"(://[^:/@]*:)[^?]*@", r"\1***@", url))


def parse_base_url(value: Any) -> Any:
    reject_invisible(value)
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    # Plain HTTP would show the key to the network: it is in the URL (site-api.md section 2).
    is_local_http = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    if not parts.hostname or not (parts.scheme == "https" or is_local_http):
        raise ValueError(f"{value!r} is not an address that begins with https://")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be an address without user name, query and fragment")
    _check_port(value)
    return value.rstrip("/")


def _check_port(url: str) -> None:
    """Raise ValueError if the URL names a port that cannot exist."""
    hosts = urlsplit(url).netloc.rpartition("@")[2]
    try:
        for host in hosts.split(","):  # a URL of PostgreSQL may name several
            urlsplit(f"//{host}").port  # noqa: B018
    except ValueError:
        raise ValueError("the port after the colon is not a number from 1 to 65535") from None


def parse_proxy(value: Any) -> Any:
    if value == "":
        return value
    reject_invisible(value)
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not the address of a proxy (like http://proxy:3128)")
    _check_port(value)
    return value


def parse_ping_url(value: Any) -> Any:
    """Return the heartbeat address. The error does not repeat the value, because it is a secret."""
    if value == "":
        return value
    reject_invisible(value)
    parts = urlsplit(value) if isinstance(value, str) and re.fullmatch("[!-~]+", value) else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not an address that can be requested (like https://hc-ping.com/…)")
    _check_port(value)
    return value


def parse_ca_file(value: Any) -> Any:
    """Return the path if the file holds certificates that can be used."""
    if value == "":
        return value
    problem = f"{value!r} is not a file with certificates"
    if not isinstance(value, str) or not os.path.isfile(value):  # a pipe would be waited for
        raise ValueError(problem)
    try:
        ssl.create_default_context(cafile=value)
    except (OSError, ValueError) as error:
        raise_if_exhausted(error)
        raise ValueError(problem) from None
    return value


def parse_database_url(value: Any) -> Any:
    """Return the URL of a database on disk or on a server. A database in memory is refused."""
    reject_invisible(value)
    if isinstance(value, str) and value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        _check_port(value)
        return value
    if (
        isinstance(value, str)
        and value.startswith("sqlite:///")
        and not value.endswith("/")
        # A history in memory would be lost with the process, and other processes could not read it.
        and ":memory:" not in value
    ):
        if "?" in value:
            raise ValueError(
                "a SQLite file takes no options: leave out the question mark and what follows it"
            )
        return value
    raise ValueError("is not a permanent database (like sqlite:///file.db or postgresql://…)")


def parse_host(value: Any) -> Any:
    """Return an IP address or a host name to listen on."""
    reject_invisible(value)
    if not isinstance(value, str) or not (is_ip(value) or _is_host_name(value)):
        raise ValueError(f"{value!r} is not an address to listen on (like 127.0.0.1, ::1, 0.0.0.0)")
    return value


def parse_hosts(value: Any) -> Any:
    """Return the host names that browsers may use; a leading `*.` stands for one or more labels."""
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(map(_is_host_pattern, names)):
        raise ValueError('is not a list of names (like ["nas.local", "*.example.org"])')
    return tuple(names)


def read_base_path(value: Any) -> Any:
    """Return the path under which a proxy serves the pages."""
    try:
        return parse_base_path(value if isinstance(value, str) else "?")
    except ValueError as error:
        raise ValueError(f"{value!r} {error}") from None


def parse_proxies(value: Any) -> Any:
    """Return the addresses and networks of proxies."""
    items = [item.strip() for item in value.split(",")] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(map(_is_network, items)):
        raise ValueError('is not a list of IP addresses and networks (like ["127.0.0.1", "172.16.0.0/12"])')
    return tuple(items)


def _is_network(text: Any) -> bool:
    try:
        # Not strict: 172.18.0.1/16 is how a network interface is shown.
        return isinstance(text, str) and bool(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return False


def _is_host_pattern(name: Any) -> bool:
    return isinstance(name, str) and bool(is_ip(name.strip("[]")) or _is_host_name(name.removeprefix("*.")))


def _is_host_name(text: str) -> bool:
    # A number at the end is meant as an IP address (as in the URL standard): 192.168.0.300 is none.
    return bool(HOST_NAME.fullmatch(text)) and not text.rpartition(".")[2].isdigit()


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the host."""
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)
