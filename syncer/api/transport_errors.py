"""The errors of requests, urllib3 and sockets, translated to ours."""

import socket
import ssl
from collections.abc import Iterator
from typing import Any

import requests
import urllib3

from syncer.core import descriptors
from syncer.core.errors import ApiError, SiteUnavailable, TransientError

CA_HINT = "For a private authority set [api] ca_file; else check the address and the machine's clock."
NETWORK_HINT = "Check the network."


def translate(error: Exception) -> ApiError:
    """Return our error for this one, without a reference to it: its URL may hold the key."""
    chain = list(error_chain(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    if has(ssl.SSLError) and not has(ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return SiteUnavailable("the TLS connection was refused", hint=CA_HINT)
    if has(TimeoutError, requests.Timeout):
        return TransientError("the site did not answer in time")
    if has(requests.exceptions.ProxyError):
        return SiteUnavailable("the proxy did not connect to the site", hint="Check [api] proxy.")
    if any(getattr(link, "errno", None) in descriptors.EXHAUSTED for link in chain) or (
        has(socket.gaierror) and descriptors.are_exhausted()
    ):
        return SiteUnavailable(f"{descriptors.TOO_MANY_FILES} for a connection", hint=descriptors.HINT)
    if has(socket.gaierror):
        return SiteUnavailable("the name of the site was not found (DNS)", hint=NETWORK_HINT)
    if has(urllib3.exceptions.NewConnectionError):
        return SiteUnavailable("no connection to the site", hint=NETWORK_HINT)
    return TransientError("the answer was cut off or garbled")


def error_chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that it wraps: as cause, context, reason or argument."""
    seen: set[int] = set()
    queue: list[Any] = [error]
    while queue:
        link = queue.pop()
        if isinstance(link, BaseException) and id(link) not in seen:
            seen.add(id(link))
            yield link
            queue += [link.__cause__, link.__context__, getattr(link, "reason", None), *link.args]
