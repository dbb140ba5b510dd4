"""The Host of a request: only names of these pages are answered, against DNS rebinding."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from syncer.core.loopback import LOOPBACK_HOSTS, is_ip

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]{1,253})(?::[0-9]*)?")
OPEN_PATHS = ("/healthz", "/readyz")  # probes ask by whatever address they know
UNKNOWN = (
    "ra-syncer does not know the name {name}. If it is yours, add it to [web] allowed_hosts in the"
    " configuration (or to SYNCER_WEB__ALLOWED_HOSTS) and start syncer again.\n"
    "Other names are refused, so that no page of another site can read yours.\n"
)
INVALID = "The request has no valid Host header.\n"


class HostMiddleware:
    """Refuses a request for a foreign host: its page may have resolved its own name to this machine.

    `hosts`: names besides those of this machine; `*.example.org` stands for every name below it. `any_ip`:
    whether each IP address is answered, too: a browser looks it up nowhere, so it cannot be rebound.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], *, any_ip: bool) -> None:
        self._app, self._any_ip = app, any_ip
        self._names = {canonical(name) for name in (*LOOPBACK_HOSTS, *hosts)}
        self._endings = tuple(name[1:].lower() for name in hosts if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = HOST.fullmatch(Headers(scope=scope).get("host", ""))
        name = canonical(found[1]) if found else ""
        is_ours = self._is_ours(name)
        if is_ours or scope["path"] in OPEN_PATHS:
            scope.setdefault("state", {})["is_foreign"] = not is_ours
            await self._app(scope, receive, send)
        else:
            answer = PlainTextResponse(UNKNOWN.format(name=name) if name else INVALID, 400)
            await answer(scope, receive, send)

    def _is_ours(self, name: str) -> bool:
        if name in self._names or (self._any_ip and is_ip(name)):
            return True
        return bool(self._endings) and name.endswith(self._endings)


def is_foreign(request: Request) -> bool:
    """Return whether an open path was requested under a name that is not ours."""
    return bool(getattr(request.state, "is_foreign", False))


def canonical(name: str) -> str:
    """Return the name in lower case, an IP address without brackets and in its short form."""
    bare = name.strip("[]")
    return str(ip_address(bare)) if is_ip(bare) else bare.lower()
