"""GetUserProgress: build the question, read the answer; and the site as the heart knows it."""

from collections.abc import Sequence
from typing import Any

from syncer.api.client import Client
from syncer.api.fields import FieldError, evidence, number
from syncer.core.errors import BatchError, EmptyResponse, UrlTooLong
from syncer.core.formats.ra_json import FIELDS
from syncer.core.model.progress import GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.ratelimit import budget


def get_user_progress(client: Client, user: str, game_ids: Sequence[GameId]) -> ProgressResponse:
    """site-api.md 5.1. Raises EmptyResponse for `[]`, BatchError for what is no map, any other ApiError."""
    try:
        heard = client.ask("API_GetUserProgress.php", {"u": user, "i": ",".join(map(str, game_ids))})
    except UrlTooLong:
        client.limiter.apply(
            budget.on_url_too_long(len(game_ids)) if len(game_ids) > 1 else budget.clear_batch_limit
        )
        raise
    value = heard.value
    if value in ([], {}) and isinstance(value, (list, dict)):
        raise EmptyResponse("an empty answer")
    if not isinstance(value, dict):
        raise BatchError("the answer is not a map of games", raw=evidence(value))
    asked = {str(game_id): game_id for game_id in game_ids}
    games = {asked[key]: read_progress(entry) for key, entry in value.items() if key in asked}
    return ProgressResponse(games, len(value) - len(games), heard.date, heard.at)


def read_progress(entry: Any) -> Progress | UnparsableEntry:
    """Six integers, or strings of digits; anything else is not data."""
    try:
        return Progress(*(number(entry, name) for name in FIELDS))
    except FieldError as odd:
        return UnparsableEntry(str(odd), evidence(entry, 1024))
