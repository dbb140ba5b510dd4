"""GetUserProgress: build the question, read the answer; and the site as the heart knows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncer.core import pace
from syncer.core.errors import BatchFailure, EmptyAnswer, UrlTooLong
from syncer.core.gate import Gate
from syncer.core.history import (
    MOST_PLAYED,
    CompletionPage,
    ConsoleFacts,
    GameFacts,
    GameList,
    GameUnlocks,
    Unlocks,
)
from syncer.core.model import Answer, GameId, Profile, Progress, Unreadable
from syncer.core.wire import FIELDS

from .client import Client
from .completion import get_user_completion_progress
from .game_unlocks import get_game_unlocks
from .profile import Field, get_user_profile, get_user_profile_fields
from .reading import Odd, evidence, number
from .titles import get_console_ids, get_game, get_game_list
from .unlocks import get_achievements_earned_between

MAX_URL = 2000


def id_bytes(base_url: str, username: str) -> int:
    """Room for the list of ids, so that the whole address stays within 2,000 bytes (ra-api.md section 7)."""
    return MAX_URL - len(f"{base_url}/API_GetUserProgress.php?z={username}&u=&i=&y=") - 26 - 32


def get_user_progress(client: Client, user: str, game_ids: Sequence[GameId]) -> Answer:
    """ra-api.md 5.1. Raises EmptyAnswer for `[]`, BatchFailure for what is no map, any other ApiError."""
    try:
        heard = client.ask("API_GetUserProgress.php", {"u": user, "i": ",".join(map(str, game_ids))})
    except UrlTooLong:
        client.gate.apply(pace.too_long(len(game_ids)) if len(game_ids) > 1 else pace.any_length)
        raise
    value = heard.value
    if value in ([], {}) and isinstance(value, (list, dict)):
        raise EmptyAnswer("an empty answer")
    if not isinstance(value, dict):
        raise BatchFailure("the answer is not a map of games", raw=evidence(value))
    asked = {str(game_id): game_id for game_id in game_ids}
    games = {asked[key]: read_progress(entry) for key, entry in value.items() if key in asked}
    return Answer(games, len(value) - len(games), heard.date, heard.at)


def read_progress(entry: Any) -> Progress | Unreadable:
    """Six integers, or strings of digits; anything else is not data."""
    try:
        return Progress(*(number(entry, name) for name in FIELDS))
    except Odd as odd:
        return Unreadable(str(odd), evidence(entry, 1024))


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

    def completion_progress(self, user: str, offset: int = 0, count: int = MOST_PLAYED) -> CompletionPage:
        return get_user_completion_progress(self._client, user, offset, count)

    def game(self, game_id: GameId) -> GameFacts | None:
        return get_game(self._client, game_id)

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        return get_game_unlocks(self._client, user, game_id)

    def game_list(self, console_id: int, *, with_achievements: bool = True) -> GameList:
        return get_game_list(self._client, console_id, with_achievements=with_achievements)

    def console_ids(self) -> tuple[ConsoleFacts, ...]:
        return get_console_ids(self._client)

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> Unlocks:
        return get_achievements_earned_between(self._client, user, start, end)
