"""The replies of the simulated site, and how it words its refusals."""

from dataclasses import dataclass, field
from typing import Any

from syncer.core.formats import php, ra_json
from syncer.core.model.progress import GameId, Progress


@dataclass(slots=True)
class ApiReply:
    """One reply. `headers` replaces the usual ones; None leaves one out.

    `data` is the value of `body`; `progress` holds the true numbers in it, by (ULID, game).
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str | None] = field(default_factory=dict)
    data: Any = None
    progress: dict[tuple[str, GameId], Progress] = field(default_factory=dict)


def as_json(status: int, data: object, *, slashes: bool = False) -> ApiReply:
    """Return a JSON reply. `slashes`: do not escape them, as one script does (site-api.md section 1)."""
    return ApiReply(status, php.to_json(data, slashes=slashes).encode("ascii"), data=data)


def failure(status: int, message: str, code: str) -> ApiReply:
    return as_json(status, ra_json.failure(status, message, code))


def unauthenticated() -> ApiReply:
    return failure(401, "Unauthenticated.", "unauthorized")


def invalid(**problems: str) -> ApiReply:
    return as_json(422, ra_json.invalid(problems))


class InvalidParameter(Exception):
    """A parameter is wrong; `reply` names it."""

    def __init__(self, reply: ApiReply) -> None:
        super().__init__(reply.status)
        self.reply = reply
