"""What decides which unlocks are read again: comparisons so far, games that differ, and former readings."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from syncer.core.backfill.consistency import due_games, parse_list_reading, parse_readings
from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.model.consistency import (
    NO_POINTS,
    CheckHistory,
    DifferingGame,
    GameReading,
    PlayerNumbers,
    Points,
    UnlockStatus,
)
from syncer.core.model.decision import RejectionReason
from syncer.core.model.job import JobKind
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.store.db.account_tables import awards, unlocks
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import IS_OPEN, players, rejections, snapshots, targets

from .base import Reader
from .consistency import mismatched_games
from .jobs import read_job
from .sum_checks import UNLOCKS, check_history
from .unlock_sums import unlock_sums

PLAYER_COLUMNS = PROGRESS_COLUMNS[2:]
DROP_ACCEPTED_AT = sa.select(sa.func.max(rejections.c.confirmed_at)).where(
    rejections.c.player_id == PLAYER, rejections.c.reason == RejectionReason.MASS_DROP.value
)
RESYNC_AT = sa.select(players.c.unlocks_resync_at).where(players.c.id == PLAYER)


def unlock_status(tx: sa.Connection, player_id: int, at: datetime) -> UnlockStatus:
    """Return all that decides what is read again."""
    begun = tx.scalar(RESYNC_AT, {"player": player_id})
    whole, checks = read_job(tx, player_id, JobKind.UNLOCK_WHOLE), check_history(tx, player_id, UNLOCKS)
    agreed_at = checks.newest.at if checks.newest and checks.newest.difference == NO_POINTS else None
    return replace(
        games_status(tx, player_id, at),
        sums=unlock_sums(tx, player_id, agreed_at),
        checks=checks,
        list_reading=parse_list_reading(whole.cursor),
        list_begun_at=begun,
        list_ended_at=whole.last_at,
        drop_accepted_at=_drop_accepted_at(tx, player_id),
    )


def games_status(tx: sa.Connection, player_id: int, at: datetime) -> UnlockStatus:
    """Return the part of the status that is about single games."""
    found = {game.game_id: game for game in _mismatched(tx, player_id, at)}
    for game in (*_upgraded(tx, player_id), *_fallen(tx, player_id)):
        found[game.game_id] = _with_newer(found.get(game.game_id, game), game.wanted_since)
    games = tuple(found[game_id] for game_id in sorted(found))
    return UnlockStatus(games=games, readings=game_readings(tx, player_id))


def _with_newer(game: DifferingGame, since: datetime | None) -> DifferingGame:
    return replace(game, wanted_since=max(filter(None, (game.wanted_since, since)), default=None))


def _mismatched(tx: sa.Connection, player_id: int, at: datetime) -> list[DifferingGame]:
    """Return the followed games whose unlocks differ from their newest snapshot."""
    values = {"player": player_id, "settled": at - COUNT_LAG, "now": at}
    return [
        DifferingGame(
            row.game_id,
            _numbers(row),
            Points(int(row.hardcore), int(row.all - row.hardcore)),
            synced_at=row.unlocks_synced_at,
        )
        for row in tx.execute(_mismatched_query(), values).all()
    ]


@cache
def _mismatched_query() -> sa.Select[Any]:
    d, t = mismatched_games(PLAYER, sa.bindparam("settled"), sa.bindparam("now")).subquery().c, targets.c
    hardcore = d.score_achieved_hardcore - d.hardcore_points
    missing = d.score_achieved - d.points
    query = sa.select(*(d[name] for name in PLAYER_COLUMNS), d.game_id, t.unlocks_synced_at)
    query = query.add_columns(hardcore.label("hardcore"), missing.label("all"))
    query = query.join(targets, sa.and_(t.player_id == PLAYER, t.game_id == d.game_id))
    return query.where(t.removed_at.is_(None))


def _upgraded(tx: sa.Connection, player_id: int) -> list[DifferingGame]:
    """Return games with an achievement whose hardcore unlock was first read after its softcore one.

    A list shows the hardcore moment alone: it cannot tell whether the softcore unlock was reset in between.
    """
    return [
        DifferingGame(row.game_id, _numbers(row), None, row.wanted_since, row.unlocks_synced_at)
        for row in tx.execute(_upgraded_query(), {"player": player_id}).all()
    ]


@cache
def _upgraded_query() -> sa.Select[Any]:
    soft, hard, t, s = unlocks.alias("soft"), unlocks.alias("hard"), targets.c, snapshots.c
    same = (hard.c.player_id == soft.c.player_id, hard.c.achievement_id == soft.c.achievement_id)
    current = (hard.c.gone_at.is_(None), soft.c.gone_at.is_(None))
    modes = (hard.c.hardcore.is_(True), soft.c.hardcore.is_(False))
    upgrades = sa.select(hard.c.game_id, sa.func.max(hard.c.first_seen_at).label("wanted_since"))
    upgrades = upgrades.join_from(soft, hard, sa.and_(*same)).where(*current, *modes)
    later = hard.c.first_seen_at > soft.c.first_seen_at
    upgrades = upgrades.where(soft.c.player_id == PLAYER, later)
    found = upgrades.group_by(hard.c.game_id).subquery().c
    target = sa.and_(t.player_id == PLAYER, t.game_id == found.game_id)
    newest = sa.and_(s.player_id == PLAYER, s.game_id == found.game_id, IS_OPEN, t.removed_at.is_(None))
    query = sa.select(*(s[name] for name in PLAYER_COLUMNS), found.game_id)
    query = query.add_columns(found.wanted_since, t.unlocks_synced_at)
    return query.outerjoin(targets, target).outerjoin(snapshots, newest)


def _fallen(tx: sa.Connection, player_id: int) -> list[DifferingGame]:
    """Return followed games with an award whose counts fell since their unlocks were read.

    Only the answer about the game tells that the award is gone: a game without unlocks is in no listing.
    """
    return [
        DifferingGame(row.game_id, _numbers(row), None, row.fell_at, row.unlocks_synced_at)
        for row in tx.execute(_fallen_query(), {"player": player_id}).all()
    ]


@cache
def _fallen_query() -> sa.Select[Any]:
    a, t = awards.c, targets.c
    s, old = snapshots.c, snapshots.alias("old").c
    fell = sa.or_(old.num_achieved > s.num_achieved, old.num_achieved_hardcore > s.num_achieved_hardcore)
    unread = old.closed_at > sa.func.coalesce(t.unlocks_synced_at, a.first_seen_at)
    query = sa.select(*(s[name] for name in PLAYER_COLUMNS), s.game_id, t.unlocks_synced_at)
    query = query.add_columns(sa.func.max(old.closed_at).label("fell_at"))
    query = query.where(a.player_id == PLAYER, a.gone_at.is_(None), t.removed_at.is_(None), IS_OPEN)
    for other in (t, s, old):
        query = query.where(other.player_id == PLAYER, other.game_id == a.game_id)
    return query.where(fell, unread).group_by(
        *(s[name] for name in PLAYER_COLUMNS), s.game_id, t.unlocks_synced_at
    )


def _numbers(row: Any) -> PlayerNumbers:
    """Return the numbers at the beginning of a row; none where the game has no snapshot."""
    return () if row[0] is None else tuple(row[:4])


class SnapshotCounts(NamedTuple):
    """The newest snapshot of a followed game: how many achievements are unlocked, and in hardcore."""

    numbers: PlayerNumbers
    counts: tuple[int, int]
    possible: int


def newest_snapshot(
    tx: sa.Connection, player_id: int, game_id: GameId, *, is_removed: bool = False
) -> SnapshotCounts | None:
    """Return the newest snapshot of a game; None: it is not followed, or was not polled yet.

    `is_removed`: of a game that is no longer followed.
    """
    s, t = snapshots.c, targets.c
    same = sa.and_(t.player_id == s.player_id, t.game_id == s.game_id)
    query = sa.select(*(s[name] for name in PLAYER_COLUMNS), s.num_possible_achievements)
    query = query.join(targets, same).where(s.player_id == player_id, s.game_id == game_id, IS_OPEN)
    wanted = t.removed_at.is_not(None) if is_removed else t.removed_at.is_(None)
    row = tx.execute(query.where(wanted)).one_or_none()
    if row is None:
        return None
    counts = (row.num_achieved, row.num_achieved_hardcore)
    return SnapshotCounts(_numbers(row), counts, row.num_possible_achievements)


def game_readings(tx: sa.Connection, player_id: int) -> dict[GameId, GameReading]:
    """Return the last readings of games that differed after it."""
    return parse_readings(read_job(tx, player_id, JobKind.UNLOCK_GAMES).cursor)


def _drop_accepted_at(tx: sa.Connection, player_id: int) -> datetime | None:
    """Return when games that fell to zero together were last accepted as they are."""
    found: datetime | None = tx.scalar(DROP_ACCEPTED_AT, {"player": player_id})
    return found


class UnlockQueries(Reader):
    """What is to be read again of one player's unlocks; times are UTC."""

    def games_to_reread(self, player_id: int, at: datetime) -> list[GameId]:
        """Return the games whose unlocks are to be read now, in this order."""
        with self._database.reading() as tx:
            return list(due_games(games_status(tx, player_id, at), at))

    def list_pages_left(self, player_id: int) -> int:
        """Return how many requests are left of a reading of all unlocks; 0: there is none."""
        with self._database.reading() as tx:
            left = parse_list_reading(read_job(tx, player_id, JobKind.UNLOCK_WHOLE).cursor)
            if left is None:
                return 0
            u = unlocks.c
            later = sa.select(sa.func.count()).where(u.player_id == player_id, u.gone_at.is_(None))
            stored = tx.scalar(later.where(u.unlocked_at.between(left.begin, left.until))) or 0
            return int(stored) // MAX_UNLOCKS_PER_PAGE + 1

    def checks(self, player_id: int) -> CheckHistory:
        """Return how the sums of unlocks compare with the account's totals."""
        with self._database.reading() as tx:
            return check_history(tx, player_id, UNLOCKS)
