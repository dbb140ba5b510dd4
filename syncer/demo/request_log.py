"""The requests that reached the demo server, without the key."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from syncer.core.clock import Clock
from syncer.core.formats.ra_json import game_ids
from syncer.core.model.progress import GameId

from .request import ApiRequest


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request that arrived. Of the key only `key_ok` is kept: whether it was valid.

    `at` is monotonic, `moment` UTC. `status` 0: not answered yet, or not by a complete reply. `query` is as
    it was sent, without the key's value; `line_bytes` counts the whole request line.
    """

    number: int
    at: float
    moment: datetime
    method: str
    path: str
    user: str | None
    ids: tuple[GameId, ...]
    key_ok: bool
    user_agent: str
    query: str
    line_bytes: int
    status: int = 0


def describe(
    request: ApiRequest, method: str, line_bytes: int, clock: Clock, *, number: int, key_ok: bool
) -> ReceivedRequest:
    """Return the log's entry of a request that arrived just now."""
    return ReceivedRequest(
        number=number,
        at=clock.monotonic(),
        moment=clock.now(),
        method=method,
        path=request.path,
        user=request.text("u"),
        ids=tuple(game_ids(request.text("i") or "")),
        key_ok=key_ok,
        user_agent=request.headers.get("user-agent", ""),
        query=without_key(request.query),
        line_bytes=line_bytes,
    )


def without_key(query: str) -> str:
    """Return a query string without the values of `y`, however its name is written."""

    def redacted(pair: str) -> str:
        name, equals, _ = pair.partition("=")
        # PHP reads `y[0]` and an escaped name as `y`, too.
        is_key = unquote_plus(name).strip().partition("[")[0].lower() == "y"
        return name + equals if is_key else pair

    return "&".join(map(redacted, query.split("&")))
