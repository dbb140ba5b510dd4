"""The path under which a proxy serves the pages: taken off each request, and put before each address."""

import logging
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from syncer.core.base_path import parse_base_path

logger = logging.getLogger("syncer")
HEADER = "X-Forwarded-Prefix"
UNTRUSTED = "if that is your proxy, add it to [web] trusted_proxies"
UNUSABLE = "it is not one path like /ra"


class BasePathMiddleware:
    """Makes every page see its own path, whether the proxy removed what stands before it or not.

    `base_path`: what the addresses of browsers have before the path of a page. A proxy of `trusted_proxies`
    (IP addresses and networks) may send another one. From anybody else the header means nothing: it decides
    from where a browser loads scripts.
    """

    def __init__(self, app: ASGIApp, base_path: str, trusted_proxies: Sequence[str]) -> None:
        self._app, self._base_path = app, base_path
        self._trusted = [ip_network(proxy, strict=False) for proxy in trusted_proxies]
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            base_path = self._base_path_of(scope)
            # In place, as asgi/gzip.py does.
            scope.setdefault("state", {})["base_path"] = base_path
            scope["path"] = without(base_path, scope["path"])
        await self._app(scope, receive, send)

    def _base_path_of(self, scope: Scope) -> str:
        sent = Headers(scope=scope).getlist(HEADER)
        if not sent:
            return self._base_path
        sender = scope["client"][0] if scope["client"] else ""
        if not self._is_trusted(sender):
            return self._ignore(sender, UNTRUSTED)
        try:
            (path,) = map(parse_base_path, sent)
        except ValueError:
            return self._ignore(sender, UNUSABLE)
        return path

    def _is_trusted(self, sender: str) -> bool:
        if not (self._trusted and sender):
            return False
        address = ip_address(sender)
        # A socket for both families shows an IPv4 client as ::ffff:192.0.2.1.
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._trusted)

    def _ignore(self, sender: str, reason: str) -> str:
        """Return the path of the configuration; without one, log once why the proxy is not trusted."""
        if not (self._base_path or self._warned):
            self._warned = True
            facts = {"event": "prefix_ignored", "address": sender}
            logger.warning("%s from %s is ignored: %s", HEADER, sender, reason, extra={"facts": facts})
        return self._base_path


def without(base_path: str, path: str) -> str:
    """Return the path of the page: a proxy may have removed what stands before it, or not."""
    if base_path and f"{path}/".startswith(f"{base_path}/"):
        return path.removeprefix(base_path) or "/"
    return path


def base_path_of(request: Request) -> str:
    """Return what the addresses on a page have before the path of a page."""
    return str(getattr(request.state, "base_path", ""))
