"""What the answers in sql_answers.py are computed with."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Any

from syncer.core.model.progress import PROGRESS_COLUMNS

from .sql_world import EVENT, Facts, Row

Answer = Iterable[tuple[Any, ...]]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
SHOWN = ("num_achieved", "num_possible_achievements", "score_achieved", "score_achieved_hardcore")
ANSWERS: dict[str, Callable[..., Answer]] = {}


def answers(function: Callable[..., Answer]) -> Callable[..., Answer]:
    ANSWERS[function.__name__] = function
    return function


def title(f: Facts, game: int) -> str | None:
    (found,) = (g["title"] for g in f.games if g["id"] == game)
    return found  # type: ignore[no-any-return]


def snapshots_by_game(f: Facts, player: int) -> dict[int, list[Row]]:
    """Return the snapshots by game, oldest first."""
    found = defaultdict(list)
    for row in sorted(f.snapshots, key=itemgetter("first_seen_at")):
        if row["player_id"] == player:
            found[row["game_id"]].append(row)
    return found


def expected_at(f: Facts, target: Row) -> datetime | None:
    """Return when the next poll of a target was promised; None: it was never polled."""
    rows = snapshots_by_game(f, target["player_id"])[target["game_id"]]
    promised = timedelta(seconds=target["promised_seconds"])
    return rows[-1]["last_seen_at"] + promised if rows else None


def unlocks_of(
    f: Facts, player: int, since: datetime | None = None, until: datetime | None = None
) -> list[Row]:
    """Return the unlocks that the site still returns, oldest first; those of events do not count."""
    mine = [u for u in f.unlocks if u["player_id"] == player and u["gone_at"] is None]
    mine = [u for u in mine if u["game_id"] != EVENT]
    mine = [u for u in mine if since is None or u["unlocked_at"] >= since]
    mine = [u for u in mine if until is None or u["unlocked_at"] < until]
    return sorted(mine, key=itemgetter("unlocked_at"))


def firsts(f: Facts, player: int, since: datetime | None = None, until: datetime | None = None) -> list[Row]:
    """Each achievement once, when it was first unlocked."""
    found: dict[int, Row] = {}
    for row in unlocks_of(f, player):
        found.setdefault(row["achievement_id"], row)
    rows = [u for u in found.values() if since is None or u["unlocked_at"] >= since]
    return [u for u in rows if until is None or u["unlocked_at"] < until]


def mine(f: Facts, player: int) -> list[Row]:
    return [t for t in f.targets if t["player_id"] == player]


def award(f: Facts, player: int, game: int) -> tuple[str | None, Any]:
    """Return the award that the site still returns: its kind and date."""
    mine = [a for a in f.awards if (a["player_id"], a["game_id"]) == (player, game) and a["gone_at"] is None]
    return (mine[0]["kind"], mine[0]["awarded_at"]) if mine else (None, None)


def kind(before: Row | None, row: Row) -> str:
    """Design section 3, "Names of changes": the first that matches."""
    if before is None:
        return "baseline"
    was, now = ([r[name] for name in PROGRESS_COLUMNS] for r in (before, row))
    possible, achieved, hardcore = (now[n] - was[n] for n in (0, 2, 4))
    names = {
        "resumed": was == now,
        "gone": was[0] > 0 == now[0],
        "returned": was[0] == 0 < now[0],
        "reset": possible == 0 and (achieved < 0 or hardcore < 0),
        "demoted": possible < 0 and achieved < 0,
        "set_revised": possible != 0,
        "unlock": achieved > 0,
        "hardcore_upgrade": hardcore > 0,
        "reweighted": True,
    }
    return next(name for name, fits in names.items() if fits)


def changes(f: Facts, player: int) -> Iterator[tuple[str, Row | None, Row]]:
    for rows in snapshots_by_game(f, player).values():
        for before, row in pairwise([None, *rows]):
            assert row
            yield kind(before, row), before, row


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
