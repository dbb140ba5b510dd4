"""What goes back over the wire, and how the site words its refusals."""

from dataclasses import dataclass, field
from typing import Any

from syncer.core.model import GameId, Progress

from . import php


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
    errors = [{"status": str(status), "code": code, "title": message}]
    return as_json(status, {"message": message, "errors": errors})


def unauthenticated() -> Reply:
    return failure(401, "Unauthenticated.", "unauthorized")


def invalid(**problems: str) -> Reply:
    """422, as Laravel words it: the first message, and how many more."""
    first, more = next(iter(problems.values())), len(problems) - 1
    note = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
    return as_json(422, {"message": first + note, "errors": {name: [why] for name, why in problems.items()}})


class Refused(Exception):
    """A parameter is wrong; `reply` says so."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply
