"""GetUserProgress: build the question, read the answer; and the site as the heart knows it."""

from collections.abc import Sequence
from typing import Any

from syncer.api.client import Client
from syncer.api.fields import Odd, evidence, number
from syncer.core.errors import BatchFailure, EmptyAnswer, UrlTooLong
from syncer.core.formats.ra_json import FIELDS
from syncer.core.model.progress import Answer, GameId, Progress, Unreadable
from syncer.core.ratelimit import budget as pace


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
