"""GetUserCompletionProgress (site-api.md 5.3): the played games, and awards of games that are not listed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from syncer.demo.models import BEATEN, EVENTS, MASTERY, Account, Award, Game, MetricsRow
from syncer.demo.request import ApiRequest, parse_integer, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

MIN_SET_SIZE = 6  # promoted achievements; games with fewer are left out
MAX_ROWS, DEFAULT_ROWS = 500, 100  # of one reply
KINDS = {
    (MASTERY, True): "mastered",
    (MASTERY, False): "completed",
    (BEATEN, True): "beaten-hardcore",
    (BEATEN, False): "beaten-softcore",
}


def get_user_completion_progress(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    user = parse_user(request)
    offset = parse_integer(request, "o", 0, minimum=0)
    count = parse_integer(request, "c", DEFAULT_ROWS, minimum=1, maximum=MAX_ROWS)
    account = world.resolve(user)
    rows = [] if account is None else listed_games(world, account)
    page = rows[offset : offset + count]
    return as_json(200, {"Count": len(page), "Total": len(rows), "Results": page})


def listed_games(world: World, account: Account) -> list[dict[str, object]]:
    """Return the complete list, the most recent unlock first.

    It is built for every page, so that an unlock moves the pages. A game of an inactive console, or of the
    events, is left out even where it has an award.
    """
    awards = highest(world.metrics.awards(account))
    rows = world.metrics.rows(account)
    played = [(g, row) for g, row in rows if len(g.promoted()) >= MIN_SET_SIZE and row.as_tuple[0]]
    found = [game_entry(world, g, row, awards.get(g.id)) for g, row in ranked(played) if is_listed(world, g)]
    # A game with an award that fails the conditions is appended with zeros (site-api.md 5.3).
    known = {game.id for game, _ in played}
    others = [(world.catalogue.games[g], award) for g, award in awards.items() if g not in known]
    found += [award_entry(world, game, award) for game, award in others if is_listed(world, game)]
    # Texts of this form sort like their times.
    return sorted(found, key=lambda row: str(row["MostRecentAwardedDate"]), reverse=True)  # sorting is stable


def is_listed(world: World, game: Game) -> bool:
    console = world.catalogue.console_of(game)
    return console.active and console.id != EVENTS


def ranked(played: list[tuple[Game, MetricsRow]]) -> Iterator[tuple[Game, MetricsRow]]:
    """Yield the most complete first: the order of games whose last unlocks are of the same second."""

    def rank(one: tuple[Game, MetricsRow]) -> tuple[float, float, int, str]:
        game, row = one
        possible = len(game.promoted())
        return -row.as_tuple[0] / possible, -row.as_tuple[2] / possible, -possible, game.title

    yield from sorted(played, key=rank)


def highest(awards: list[Award]) -> dict[int, Award]:
    """Return the best award of each game, hidden or not: any mastery is above any beaten game."""
    of_games = [award for award in awards if (award.type, award.hardcore) in KINDS]
    return {award.data: award for award in sorted(of_games, key=lambda award: award.type == MASTERY)}


def game_entry(world: World, game: Game, row: MetricsRow, award: Award | None) -> dict[str, object]:
    return {
        "GameID": game.id,
        "Title": game.title,
        "ImageIcon": game.icon,
        "ConsoleID": world.catalogue.console_of(game).id,
        "ConsoleName": game.console,
        "MaxPossible": len(game.promoted()),
        "NumAwarded": row.as_tuple[0],
        "NumAwardedHardcore": row.as_tuple[2],
        "MostRecentAwardedDate": iso(row.last_unlock_at),
        "HighestAwardKind": KINDS[award.type, award.hardcore] if award else None,
        "HighestAwardDate": iso(award.at) if award else None,
    }


def award_entry(world: World, game: Game, award: Award) -> dict[str, object]:
    """Return the row of an award whose game is not listed: its zeros do not mean the progress."""
    row = game_entry(world, game, MetricsRow(last_unlock_at=award.at), award)
    return row | {"MaxPossible": 0}


def iso(moment: datetime | None) -> str | None:
    """Return a moment to the second and with a zone, as Carbon writes it (site-api.md section 8)."""
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0).isoformat()
