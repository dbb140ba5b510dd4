"""GetUserProgress: build the question, read the answer; and the site as the heart knows it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from syncer.core import pace
from syncer.core.errors import BatchFailure, EmptyAnswer, UrlTooLong
from syncer.core.gate import Gate
from syncer.core.model import MAX_NUMBER, Answer, GameId, Profile, Progress, Unreadable

from .client import Client, excerpt
from .profile import Field, get_user_profile, get_user_profile_fields

FIELDS = (
    "NumPossibleAchievements",
    "PossibleScore",
    "NumAchieved",
    "ScoreAchieved",
    "NumAchievedHardcore",
    "ScoreAchievedHardcore",
)
DIGITS = re.compile(r"[0-9]{1,12}")
MAX_URL = 2000


def id_bytes(base_url: str, username: str) -> int:
    """Room for the list of ids, so that the whole address stays within 2,000 bytes (ra-api.md section 7)."""
    return MAX_URL - len(f"{base_url}/API_GetUserProgress.php?z={username}&u=&i=&y=") - 26 - 32


def get_user_progress(client: Client, user: str, game_ids: Sequence[GameId]) -> Answer:
    """ra-api.md 5.1. Raises EmptyAnswer for `[]`, BatchFailure for what is no map, any other ApiError."""
    try:
        heard = client.ask("API_GetUserProgress.php", {"u": user, "i": ",".join(map(str, game_ids))})
    except UrlTooLong:
        client.gate.apply(pace.too_long(len(game_ids)))
        raise
    value = heard.value
    if value in ([], {}) and isinstance(value, (list, dict)):
        raise EmptyAnswer("an empty answer")
    if not isinstance(value, dict):
        raise BatchFailure("the answer is not a map of games", raw=excerpt(json.dumps(value)))
    asked = {str(game_id): game_id for game_id in game_ids}
    games = {asked[key]: read_progress(entry) for key, entry in value.items() if key in asked}
    return Answer(games, len(value) - len(games), heard.date, heard.at)


def read_progress(entry: Any) -> Progress | Unreadable:
    """Six integers, or strings of digits; anything else is not data."""
    try:
        return Progress(*(_number(entry[name]) for name in FIELDS))
    except (KeyError, TypeError, ValueError) as error:
        return Unreadable(
            f"{type(error).__name__}: {error}"[:200], excerpt(json.dumps(entry, sort_keys=True), 1024)
        )


def _number(value: Any) -> int:
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    if type(value) is not int:  # a boolean is an int, too
        raise TypeError("not a number")
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError("out of range")
    return value


class Site:
    """The API as the heart's Source."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def gate(self) -> Gate:
        return self._client.gate

    @property
    def requests(self) -> int:
        return self._client.requests

    def profile(self, user: str) -> Profile:
        return get_user_profile(self._client, user)

    def profile_fields(self, user: str) -> dict[str, Field]:
        return get_user_profile_fields(self._client, user)

    def progress(self, user: str, game_ids: Sequence[GameId]) -> Answer:
        return get_user_progress(self._client, user, game_ids)
