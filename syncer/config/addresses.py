"""Addresses: of the API, the database, a proxy, the certificates to trust, the pages' host."""

import ipaddress
import re
import ssl
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")


def masked(url: str) -> str:
    """Without the password that it may hold, before the host or among its options."""
    return re.sub(r"(password=)[^&]*", r"\1***", re.sub(r"(://[^:/@]*:)[^?]*@", r"\1***@", url))


def parse_base_url(value: Any) -> Any:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError(f"{value!r} is not an address that begins with https://")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("an address without name, question mark or hash is needed")
    _port_of(value)
    return value.rstrip("/")


def _port_of(url: str) -> None:
    """Raises ValueError where it is none."""
    try:
        urlsplit(url).port  # noqa: B018
    except ValueError:
        raise ValueError("the port after the colon is no number from 1 to 65535") from None


def parse_proxy(value: Any) -> Any:
    if value == "":
        return value
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not the address of a proxy (like http://proxy:3128)")
    _port_of(value)
    return value


def parse_ping_url(value: Any) -> Any:
    """It is a secret: whoever knows it can say that all is well."""
    if value == "":
        return value
    parts = urlsplit(value) if isinstance(value, str) and re.fullmatch("[!-~]+", value) else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not an address to ask (like https://hc-ping.com/…)")
    _port_of(value)
    return value


def authorities_of(value: Any) -> Any:
    """A file of certificates that can be used."""
    if value == "":
        return value
    try:
        ssl.create_default_context(cafile=value if isinstance(value, str) else None)
    except (OSError, ValueError, TypeError):
        raise ValueError(f"{value!r} is no file with certificates") from None
    return value


def parse_database_url(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        _port_of(value)
        return value
    if (
        isinstance(value, str)
        and value.startswith("sqlite:///")
        and not value.endswith("/")
        and ":memory:" not in value
    ):
        return value
    raise ValueError("is not a database that lasts (sqlite:///file.db or postgresql://…)")


def parse_host(value: Any) -> Any:
    """An address of this machine, or its name."""
    if not isinstance(value, str) or not (_is_ip(value) or NAME.fullmatch(value)):
        raise ValueError(f"{value!r} is no address to serve at (like 127.0.0.1, ::1, 0.0.0.0)")
    return value


def parse_hosts(value: Any) -> Any:
    """Names by which a browser may call the pages; a star stands for what is before the first dot."""
    pieces = [p.strip() for p in value.split(",")] if isinstance(value, str) else value
    if not isinstance(pieces, list) or not all(map(_is_host, pieces)):
        raise ValueError('is not a list of names (like ["nas.local", "*.example.org"])')
    return tuple(pieces)


def _is_host(piece: Any) -> bool:
    return isinstance(piece, str) and bool(
        _is_ip(piece.strip("[]")) or NAME.fullmatch(piece.removeprefix("*."))
    )


def _is_ip(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether nobody else can reach it."""
    return host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)
