"""What changes contain: the names of their unlocks, and the awards that they brought."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncer.core.milestones.changes import (
    Contained,
    NamedUnlock,
    ProgressChange,
    change_award,
    contained_unlocks,
)
from syncer.core.milestones.states import SeenAward
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.store.db.account_tables import awards, unlocks
from syncer.store.db.any_of import any_of
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import DELTAS, RESTORED

from .base import Reader, Row

CHUNK = 200  # changes whose unlocks are in memory at a time
Game: TypeAlias = tuple[int, GameId]  # with its player
u, a = unlocks.c, awards.c
UNLOCKS = sa.select(
    u.game_id, u.achievement_id, u.title, u.points, u.hardcore, u.unlocked_at, u.gone_at, u.visible_after
).where(u.player_id == PLAYER, any_of(u.game_id, "ids"))
AWARDS = sa.select(a.game_id, a.kind, a.awarded_at, a.first_seen_at).where(
    a.player_id == PLAYER, any_of(a.game_id, "ids"), a.gone_at.is_(None)
)


class ChangeDetailQueries(Reader):
    """Details of rows of the view progress_changes; times are UTC."""

    def of(self, changes: Sequence[Row]) -> list[Row]:
        """Return the changes with `award` and `unlocks`, as with_details() adds them."""
        with self._database.reading() as tx:
            return list(with_details(tx, changes))


class DetailedChanges:
    """Rows of progress_changes with their details. Each iteration reads them again."""

    def __init__(self, tx: sa.Connection, changes: Iterable[Row]) -> None:
        self._tx, self._changes = tx, changes

    def __iter__(self) -> Iterator[Row]:
        return with_details(self._tx, self._changes)


def with_details(tx: sa.Connection, changes: Iterable[Row]) -> Iterator[Row]:
    """Yield the changes with `award`, the kind that each brought or None, and `unlocks`, the oldest first.

    `unlocks` is empty where the stored unlocks do not fit the numbers.
    """
    rows = iter(changes)
    while chunk := list(islice(rows, CHUNK)):
        yield from _detailed(tx, chunk)


def _detailed(tx: sa.Connection, changes: Sequence[Row]) -> Iterator[Row]:
    rises = {(row["player_id"], row["game_id"]) for row in changes if is_rise(row)}
    known, listed = dict[Game, list[NamedUnlock]](), dict[Game, list[SeenAward]]()
    for player_id in {player_id for player_id, _ in rises}:
        values = {"player": player_id, "ids": sorted(game for player, game in rises if player == player_id)}
        for game_id, *unlock in tx.execute(UNLOCKS, values):
            known.setdefault((player_id, game_id), []).append(NamedUnlock(*unlock))
        for game_id, *award in tx.execute(AWARDS, values):
            listed.setdefault((player_id, game_id), []).append(SeenAward(*award))
    for row in changes:
        game = row["player_id"], row["game_id"]
        yield row | _details(row, known.get(game, ()), listed.get(game, ()))


def is_rise(row: Row) -> bool:
    """Return whether more achievements are unlocked than before, or more of them in hardcore."""
    return bool((row["num_achieved_delta"] or 0) > 0 or (row["num_achieved_hardcore_delta"] or 0) > 0)


def progress_before(row: Row) -> Progress | None:
    """Return the numbers before a change; None: it is the first poll."""
    if row["num_achieved_delta"] is None:
        return None
    return Progress(*(row[name] - row[delta] for name, delta in zip(PROGRESS_COLUMNS, DELTAS, strict=True)))


def change_of(row: Row) -> ProgressChange | None:
    """Return the change that a row of progress_changes is; None: it is the first poll."""
    before, seen_before = progress_before(row), row["previous_seen_at"]
    if before is None or seen_before is None:
        return None
    after = Progress(*(row[name] for name in PROGRESS_COLUMNS))
    restored = tuple(row[name] for name in RESTORED)
    return ProgressChange(
        before, after, seen_before, row["first_seen_at"], None if None in restored else restored
    )


def _details(row: Row, known: Sequence[NamedUnlock], listed: Sequence[SeenAward]) -> dict[str, Any]:
    change = change_of(row)
    if change is None:
        return {"award": None, "unlocks": []}
    found = contained_unlocks(change, known)
    award = change_award(change, found, listed, known)
    return {"award": award.value if award else None, "unlocks": list(unlock_rows(found))}


def unlock_rows(contained: Contained) -> Iterator[dict[str, Any]]:
    """Yield the unlocks of a change as rows. `is_upgrade`: it was unlocked in softcore before."""

    def moment(pair: tuple[NamedUnlock, bool]) -> datetime:
        return pair[0].unlocked_at

    pairs = [(unlock, False) for unlock in contained.unlocks] + [(one, True) for one in contained.upgrades]
    for unlock, is_upgrade in sorted(pairs, key=moment):
        names = ("achievement_id", "title", "points", "hardcore", "unlocked_at")
        yield {**{name: getattr(unlock, name) for name in names}, "is_upgrade": is_upgrade}
