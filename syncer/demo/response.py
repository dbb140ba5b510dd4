"""What goes back over the wire, and how the site words its refusals."""

from dataclasses import dataclass, field
from typing import Any

from syncer.core.formats import php
from syncer.core.formats import ra_json as wire
from syncer.core.model.progress import GameId, Progress


@dataclass(slots=True)
class Reply:
    """What goes back. `data` is what `body` says; `truths` is who was told what, by (ULID, game)."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    data: Any = None
    truths: dict[tuple[str, GameId], Progress] = field(default_factory=dict)


def as_json(status: int, data: object, *, slashes: bool = False) -> Reply:
    """`slashes`: left alone, as one script does (ra-api.md section 1)."""
    return Reply(status, php.to_json(data, slashes=slashes).encode("ascii"), data=data)


def failure(status: int, message: str, code: str) -> Reply:
    return as_json(status, wire.failure(status, message, code))


def unauthenticated() -> Reply:
    return failure(401, "Unauthenticated.", "unauthorized")


def invalid(**problems: str) -> Reply:
    return as_json(422, wire.invalid(problems))


class Refused(Exception):
    """A parameter is wrong; `reply` says so."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply
