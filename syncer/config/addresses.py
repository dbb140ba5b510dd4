"""Addresses: of the API, the database, a proxy, and the certificates to trust."""

import re
import ssl
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def masked(url: str) -> str:
    """Without the password that it may hold, before the host or among its options."""
    return re.sub(r"(password=)[^&]*", r"\1***", re.sub(r"(://[^:/@]*:)[^?]*@", r"\1***@", url))


def base_url_of(value: Any) -> Any:
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


def proxy_of(value: Any) -> Any:
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


def ping_url_of(value: Any) -> Any:
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


def database_url_of(value: Any) -> Any:
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
