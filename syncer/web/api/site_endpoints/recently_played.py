"""GetUserRecentlyPlayedGames (site-api.md 5.12), as far as stored unlocks and numbers show it."""

from syncer.core.formats import ra_json
from syncer.core.model.play import MAX_RECENT_PER_PAGE
from syncer.store.read.base import Row
from syncer.web.api.coverage_headers import UNKNOWN, coverage, least_certain
from syncer.web.api.site_request import Endpoint, PastAnswer, PastRequest, Values

from .user_progress import progress_at

DEFAULT_ROWS = 10


def offset_of(values: Values) -> int:
    return ra_json.integer(values, "o", 0, minimum=0)


def count_of(values: Values) -> int:
    # A greater count is lowered without an error (site-api.md section 13, 33).
    return min(ra_json.integer(values, "c", DEFAULT_ROWS, minimum=0), MAX_RECENT_PER_PAGE)


def recently_played(asked: PastRequest) -> PastAnswer:
    offset, count = asked.values["o"], asked.values["c"]
    page = asked.queries.recently_played.page(asked.player.id, asked.moment, offset, count)
    numbers, levels = progress_at(asked, [row["game_id"] for row in page])
    body = [_entry(row, numbers[row["game_id"]]) for row in page]
    return PastAnswer(body, coverage(levels) if page else _coverage_of_nothing(asked))


def _coverage_of_nothing(asked: PastRequest) -> dict[str, str]:
    """Return the headers of an empty page: before the first poll it does not mean "never played"."""
    first = asked.queries.players.first_poll(asked.player.id)
    return least_certain([UNKNOWN] if first is None or asked.moment < first else [])


def _entry(row: Row, numbers: dict[str, int]) -> dict[str, object]:
    """Return a row in the site's order; of its images only the icon is stored."""
    return {
        "GameID": row["game_id"],
        "ConsoleID": row["console_id"],
        "ConsoleName": row["console_name"],
        "Title": row["title"],
        "ImageIcon": row["icon_path"],
        **dict.fromkeys(("ImageTitle", "ImageIngame", "ImageBoxArt")),
        "LastPlayed": row["last_played_at"] and ra_json.without_zone(row["last_played_at"]),
        "AchievementsTotal": numbers["NumPossibleAchievements"] or None,
        **numbers,
    }


ENDPOINT = Endpoint(recently_played, {"o": offset_of, "c": count_of})
