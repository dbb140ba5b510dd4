"""Write comparisons of stored unlocks with the account's totals, and readings that follow from them."""

from datetime import datetime

import sqlalchemy as sa

from syncer.core.backfill.consistency import after_reading, format_list_reading, format_readings
from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.model.consistency import NO_POINTS, ListReading, PlayerNumbers, UnlockCheck, UnlockStatus
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.store.db.account_tables import consistency_checks, unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import players
from syncer.store.read.consistency import mismatched_games
from syncer.store.read.jobs import GAMES_JOB, LIST_JOB
from syncer.store.read.unlock_checks import SUBJECT, newest_check
from syncer.store.read.unlock_status import game_readings, unlock_status
from syncer.store.read.unlock_sums import account_is_empty

from .jobs import save_job


class ConsistencyWriter:
    """The core's ConsistencyStore in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def status(self, player: Player, at: datetime) -> UnlockStatus:
        """Return what decides which unlocks are read again."""
        with self._database.reading() as tx:
            return unlock_status(tx, player.id, at)

    def save_check(self, player: Player, check: UnlockCheck) -> None:
        """Extend the newest comparison by an equal one, or add a row."""
        with self._database.writing() as tx:
            _save_check(tx, player.id, check)

    def begin_list_reading(self, player: Player, reading: ListReading, at: datetime) -> None:
        """Store that all unlocks are read again."""
        with self._database.writing() as tx:
            tx.execute(players.update().where(players.c.id == player.id).values(unlocks_resync_at=at))
            save_job(tx, player.id, LIST_JOB, cursor=format_list_reading(reading))

    def may_be_empty(self, player: Player) -> bool:
        """Return whether an account without any unlock contradicts nothing that is stored."""
        with self._database.reading() as tx:
            u = unlocks.c
            stored = sa.select(u.achievement_id).where(u.player_id == player.id, u.gone_at.is_(None))
            return tx.scalar(stored.limit(1)) is None or account_is_empty(tx, player.id)


def _save_check(tx: sa.Connection, player_id: int, check: UnlockCheck) -> None:
    c, newest, values = consistency_checks.c, newest_check(tx, player_id), _values(check)
    if newest is None or any(getattr(newest, name) != value for name, value in values.items()):
        moments = {"first_checked_at": check.at, "last_checked_at": check.at, "check_count": 1}
        row = {"player_id": player_id, "subject": SUBJECT, **moments, **values}
        tx.execute(consistency_checks.insert().values(**row))
    elif newest.last_checked_at < check.at:
        extended = {"last_checked_at": check.at, "check_count": c.check_count + 1}
        tx.execute(consistency_checks.update().where(c.id == newest.id).values(**extended))


def _values(check: UnlockCheck) -> dict[str, int | bool | None]:
    return {
        "matches": check.difference == NO_POINTS,
        "site_hardcore": check.site.hardcore,
        "site_softcore": check.site.softcore,
        "ours_hardcore": check.ours.hardcore,
        "ours_softcore": check.ours.softcore,
        "residual_hardcore": check.residual.hardcore if check.residual else None,
        "residual_softcore": check.residual.softcore if check.residual else None,
    }


def save_list_position(tx: sa.Connection, player_id: int, left: ListReading | None, at: datetime) -> None:
    """Store what is left of a reading of all unlocks. None: it ended."""
    if left:
        save_job(tx, player_id, LIST_JOB, cursor=format_list_reading(left))
    else:
        save_list_end(tx, player_id, at)


def save_list_end(tx: sa.Connection, player_id: int, at: datetime) -> None:
    """Store that all unlocks were read, at first or again."""
    save_job(tx, player_id, LIST_JOB, cursor=None, last_at=at)


def save_game_reading(
    tx: sa.Connection,
    player_id: int,
    game_id: GameId,
    numbers: PlayerNumbers,
    at: datetime,
    *,
    is_accepted: bool,
) -> None:
    """Remember the reading of a game that still differs after it, so that it is not repeated at once."""
    readings = game_readings(tx, player_id)
    differs = mismatched_games(player_id, at - COUNT_LAG, at, game_id)
    is_mended = is_accepted and (not numbers or tx.execute(differs).first() is None)
    reading = after_reading(readings.pop(game_id, None), numbers, at, is_mended=is_mended)
    if reading:
        readings[game_id] = reading
    save_job(tx, player_id, GAMES_JOB, cursor=format_readings(readings) or None, last_at=at)
