"""What goes back over the wire, and how the site words its refusals."""

from dataclasses import dataclass, field
from typing import Any

from syncer.core.formats import php, ra_json
from syncer.core.model.progress import GameId, Progress


@dataclass(slots=True)
class ApiReply:
    """What goes back. `data` is what `body` says; `truths` is who was told what, by (ULID, game)."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    data: Any = None
    truths: dict[tuple[str, GameId], Progress] = field(default_factory=dict)


def as_json(status: int, data: object, *, slashes: bool = False) -> ApiReply:
    """`slashes`: left alone, as one script does (site-api.md section 1)."""
    return ApiReply(status, php.to_json(data, slashes=slashes).encode("ascii"), data=data)


def failure(status: int, message: str, code: str) -> ApiReply:
    return as_json(status, ra_json.failure(status, message, code))


def unauthenticated() -> ApiReply:
    return failure(401, "Unauthenticated.", "unauthorized")


def invalid(**problems: str) -> ApiReply:
    return as_json(422, ra_json.invalid(problems))


class Refused(Exception):
    """A parameter is wrong; `reply` says so."""

    def __init__(self, reply: ApiReply) -> None:
        super().__init__(reply.status)
        self.reply = reply
