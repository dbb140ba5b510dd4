"""GetUserProgress (site-api.md 5.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from syncer.core.formats import ra_json
from syncer.core.model.progress import MAX_NUMBER, PROGRESS_COLUMNS, GameId
from syncer.web.api.coverage_headers import UNKNOWN, coverage
from syncer.web.api.site_request import Endpoint, PastAnswer, PastRequest, Values

ZEROS = (0,) * len(PROGRESS_COLUMNS)


def game_ids(values: Values) -> list[GameId]:
    ids = values.get("i", "")
    if isinstance(ids, list):  # the site fails with 500
        raise ValueError("The i field must be a string.")
    return ra_json.game_ids(ids)


def user_progress(asked: PastRequest) -> PastAnswer:
    games = asked.values["i"]
    entries, levels = progress_at(asked, games)
    return PastAnswer({str(game): entries[game] for game in games}, coverage(levels))


def progress_at(
    asked: PastRequest, games: Sequence[GameId]
) -> tuple[dict[GameId, dict[str, int]], Mapping[GameId, str]]:
    """Return the six numbers of each game and their coverage; as at the site, zeros of an unknown one."""
    # PostgreSQL raises an error for a number that its column cannot hold; the site answers zeros.
    storable = [game for game in games if game <= MAX_NUMBER]
    state = asked.queries.history.state_at(
        asked.player.id, asked.moment, asked.now, asked.gap_after, storable
    )
    rows: dict[GameId, dict[str, Any]] = {row["game_id"]: row for row in state}
    numbers = {g: [rows[g][name] for name in PROGRESS_COLUMNS] if g in rows else ZEROS for g in games}
    levels = {g: rows[g]["coverage"] if g in rows else UNKNOWN for g in games}
    return {game: ra_json.progress_entry(six) for game, six in numbers.items()}, levels


ENDPOINT = Endpoint(user_progress, {"i": game_ids})
