"""GetUserCompletionProgress (site-api.md 5.3): the played games, and awards without one."""

from collections.abc import Iterator
from datetime import UTC, datetime

from syncer.demo.models import BEATEN, EVENTS, MASTERY, Account, Award, Game, Row
from syncer.demo.request import ApiRequest, user, whole
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

SMALLEST = 6  # promoted achievements; games with fewer are left out
MOST, USUALLY = 500, 100  # rows of one answer
KINDS = {
    (MASTERY, True): "mastered",
    (MASTERY, False): "completed",
    (BEATEN, True): "beaten-hardcore",
    (BEATEN, False): "beaten-softcore",
}


def get_user_completion_progress(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    name = user(question)
    offset = whole(question, "o", 0, least=0)
    count = whole(question, "c", USUALLY, least=1, most=MOST)
    account = world.resolve(name)
    rows = [] if account is None else listing(world, account)
    page = rows[offset : offset + count]
    return as_json(200, {"Count": len(page), "Total": len(rows), "Results": page})


def listing(world: World, account: Account) -> list[dict[str, object]]:
    """The whole list, the most recent unlock first: built for every page, so that an unlock moves the pages.

    A game of a console that is not active, or of the events, is left out even where it has an award.
    """
    awards = highest(world.awards(account))
    played = [(g, row) for g, row in world.rows(account) if len(g.promoted()) >= SMALLEST and row.as_tuple[0]]
    found = [entry(world, g, row, awards.get(g.id)) for g, row in ranked(played) if shown(world, g)]
    known = {game.id for game, _ in played}
    others = [(world.games[g], award) for g, award in awards.items() if g not in known]
    found += [award_only(world, game, award) for game, award in others if shown(world, game)]
    return sorted(found, key=lambda row: str(row["MostRecentAwardedDate"]), reverse=True)  # ties as they were


def shown(world: World, game: Game) -> bool:
    console = world.console_of(game)
    return console.active and console.id != EVENTS


def ranked(played: list[tuple[Game, Row]]) -> Iterator[tuple[Game, Row]]:
    """The most complete first: what decides where two unlocks are of one second."""

    def rank(one: tuple[Game, Row]) -> tuple[float, float, int, str]:
        game, row = one
        possible = len(game.promoted())
        return -row.as_tuple[0] / possible, -row.as_tuple[2] / possible, -possible, game.title

    yield from sorted(played, key=rank)


def highest(awards: list[Award]) -> dict[int, Award]:
    """The best award of each game, hidden or not: any mastery is better than any beaten game."""
    of_games = [award for award in awards if (award.type, award.hardcore) in KINDS]
    return {award.data: award for award in sorted(of_games, key=lambda award: award.type == MASTERY)}


def entry(world: World, game: Game, row: Row, award: Award | None) -> dict[str, object]:
    return {
        "GameID": game.id,
        "Title": game.title,
        "ImageIcon": game.icon,
        "ConsoleID": world.console_of(game).id,
        "ConsoleName": game.console,
        "MaxPossible": len(game.promoted()),
        "NumAwarded": row.as_tuple[0],
        "NumAwardedHardcore": row.as_tuple[2],
        "MostRecentAwardedDate": iso(row.last_unlock_at),
        "HighestAwardKind": KINDS[award.type, award.hardcore] if award else None,
        "HighestAwardDate": iso(award.at) if award else None,
    }


def award_only(world: World, game: Game, award: Award) -> dict[str, object]:
    """An award whose game is not in the list: zeros that say nothing about the progress."""
    row = entry(world, game, Row(last_unlock_at=award.at), award)
    return row | {"MaxPossible": 0}


def iso(moment: datetime | None) -> str | None:
    """To the second and with a zone, as Carbon writes it (site-api.md section 8)."""
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0).isoformat()
