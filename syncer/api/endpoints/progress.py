"""GetUserProgress (site-api.md 5.1): the six numbers of any number of games."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from syncer.api.client import Client
from syncer.api.excerpt import MAX_ENTRY, evidence
from syncer.api.fields import FieldError, as_number, number
from syncer.api.size_limit import size_limit
from syncer.core.errors import BatchError, EmptyResponse
from syncer.core.formats.ra_json import FIELDS
from syncer.core.model.progress import GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.ratelimit import budget

SIX = itemgetter(*FIELDS)


def get_user_progress(client: Client, username: str, game_ids: Sequence[GameId]) -> ProgressResponse:
    """Return the progress of a player (name or ULID) in these games, of which the answer may lack some.

    Raises EmptyResponse for `[]`, RequestTooLarge where the site takes fewer ids, BatchError for any other
    value that is not a map.
    """
    params = {"u": username, "i": ",".join(map(str, game_ids))}
    with size_limit(client, "i", len(game_ids), budget.on_too_many_ids, budget.clear_batch_limit):
        answer = client.get_json("API_GetUserProgress.php", params)
    value = answer.value
    if value in ([], {}):  # PHP writes an empty map as a list
        raise EmptyResponse("an empty answer")
    if not isinstance(value, dict):
        raise BatchError("the answer is not a map of games", raw=evidence(value))
    requested = {str(game_id): game_id for game_id in game_ids}
    # Ids that were not requested are counted and not read (site-api.md section 13, 5).
    games = {requested[key]: parse_progress(entry) for key, entry in value.items() if key in requested}
    return ProgressResponse(games, len(value) - len(games), answer.date, answer.at)


def parse_progress(entry: Any) -> Progress | UnparsableEntry:
    """Parse the six numbers: integers, or strings of digits."""
    try:
        return Progress(*map(as_number, SIX(entry)))
    except (FieldError, LookupError, TypeError):
        return _parse_each(entry)


def _parse_each(entry: Any) -> Progress | UnparsableEntry:
    """Parse the six numbers one by one: the error names the first that is wrong."""
    try:
        return Progress(*(number(entry, name) for name in FIELDS))
    except FieldError as error:
        return UnparsableEntry(str(error), evidence(entry, MAX_ENTRY))
