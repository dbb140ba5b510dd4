"""What the API answers on a fair day: one table of endpoints behind one layer of keys and parameters."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from syncer.core.model import GameId, Progress

from . import php
from .register import ULID_LENGTH
from .world import World

Value: TypeAlias = str | list[str]
FIELDS = (
    "NumPossibleAchievements",
    "PossibleScore",
    "NumAchieved",
    "ScoreAchieved",
    "NumAchievedHardcore",
    "ScoreAchievedHardcore",
)


@dataclass(frozen=True, slots=True)
class Question:
    """One request as the site reads it. `headers` has lower-case names; `form` is a POSTed body."""

    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: str = field(default="", repr=False)

    @property
    def values(self) -> dict[str, Value]:
        return php.query(self.query)

    @property
    def key(self) -> str:
        """The first non-empty one decides: `y`, a form's `y`, Bearer, Basic's password (ra-api.md 2)."""
        in_query = self.values.get("y", "")
        in_form = parse_qs(self.form).get("y", [""])[-1].strip()
        scheme, _, credentials = self.headers.get("authorization", "").partition(" ")
        bearer = credentials.strip() if scheme.lower() == "bearer" else ""
        basic = _password(credentials) if scheme.lower() == "basic" else ""
        return in_query if isinstance(in_query, str) and in_query else in_form or bearer or basic

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


@dataclass(slots=True)
class Reply:
    """What goes back. `data` is what `body` says; `truths` is who was told what, by (ULID, game)."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    data: Any = None
    truths: dict[tuple[str, GameId], Progress] = field(default_factory=dict)


def as_json(status: int, data: object) -> Reply:
    return Reply(status, php.to_json(data).encode("ascii"), data=data)


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


def user(question: Question) -> str:
    """`u`: a ULID or a name (ra-api.md section 3). Raises Refused."""
    value = question.values.get("u")
    if value is None:
        raise Refused(invalid(u="The u field is required."))
    if not isinstance(value, str):
        raise Refused(invalid(u="The u field must be a string."))
    if not (value.isascii() and value.isalnum()):
        raise Refused(invalid(u="The u must only contain letters and numbers."))
    if len(value) != ULID_LENGTH and not 2 <= len(value) <= 20:
        why = "The u must be between 2 and 20 characters when providing a username."
        raise Refused(invalid(u=why))
    return value


def game_ids(text: str) -> list[GameId]:
    """The pieces of `i`: positive numbers, each once, in order; all else is dropped (ra-api.md 5.1)."""
    numbers = [php.integer(piece) for piece in text.split(",")]
    return list(dict.fromkeys(n for n in numbers if n is not None and n > 0))


def get_user_progress(world: World, question: Question) -> Reply:
    name = user(question)
    asked = question.values.get("i", "")
    if isinstance(asked, list):
        return as_json(500, {"message": "Server Error"})
    account = world.resolve(name)
    if account is None:
        return as_json(200, {})
    seen = {game_id: world.progress(account, game_id) for game_id in game_ids(asked)}
    reply = as_json(200, {str(g): dict(zip(FIELDS, p.numbers(), strict=True)) for g, p in seen.items()})
    reply.truths = {(account.ulid, game_id): progress for game_id, progress in seen.items()}
    return reply


def get_user_profile(world: World, question: Question) -> Reply:
    account = world.resolve(user(question))
    return as_json(404, {}) if account is None else as_json(200, world.profile(account))


def retired(world: World, question: Question) -> Reply:
    return failure(410, "Gone", "gone")


Endpoint: TypeAlias = Callable[[World, Question], Reply]

ENDPOINTS: Mapping[str, Endpoint] = {
    "/API/API_GetUserProgress.php": get_user_progress,
    "/API/API_GetUserProfile.php": get_user_profile,
    "/API/API_GetFeed.php": retired,
    "/API/API_GetGameRating.php": retired,
}


def knows_key(world: World, question: Question) -> bool:
    return bool(question.key) and world.owner_of(question.key) is not None


def answer(world: World, question: Question) -> Reply:
    """The key comes before everything, even before whether the endpoint exists (ra-api.md section 2)."""
    if not knows_key(world, question):
        return unauthenticated()
    endpoint = ENDPOINTS.get(question.path)
    if endpoint is None:
        return failure(404, "Not Found", "not_found")
    try:
        return endpoint(world, question)
    except Refused as refused:
        return refused.reply
