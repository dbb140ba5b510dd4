"""Write comparisons of stored unlocks with the account's totals, and readings that follow from them."""

from datetime import datetime

import sqlalchemy as sa

from syncer.core.backfill.consistency import after_reading, format_list_reading, format_readings
from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.model.consistency import ListReading, PlayerNumbers, SumCheck, UnlockStatus
from syncer.core.model.job import JobKind
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.store.db.account_tables import unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import players
from syncer.store.read.consistency import mismatched_games
from syncer.store.read.sum_checks import UNLOCKS
from syncer.store.read.unlock_status import game_readings, unlock_status
from syncer.store.read.unlock_sums import account_is_empty

from .jobs import save_job
from .sum_checks import save_check


class ConsistencyWriter:
    """The core's ConsistencyStore in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def status(self, player: Player, at: datetime) -> UnlockStatus:
        """Return what decides which unlocks are read again."""
        with self._database.reading() as tx:
            return unlock_status(tx, player.id, at)

    def save_check(self, player: Player, check: SumCheck) -> None:
        """Extend the newest comparison by an equal one, or add a row."""
        with self._database.writing() as tx:
            save_check(tx, player.id, UNLOCKS, check)

    def begin_list_reading(self, player: Player, reading: ListReading, at: datetime) -> None:
        """Store that all unlocks are read again."""
        with self._database.writing() as tx:
            tx.execute(players.update().where(players.c.id == player.id).values(unlocks_resync_at=at))
            save_job(tx, player.id, JobKind.UNLOCK_WHOLE, cursor=format_list_reading(reading))

    def may_be_empty(self, player: Player) -> bool:
        """Return whether an account without any unlock contradicts nothing that is stored."""
        with self._database.reading() as tx:
            u = unlocks.c
            stored = sa.select(u.achievement_id).where(u.player_id == player.id, u.gone_at.is_(None))
            return tx.scalar(stored.limit(1)) is None or account_is_empty(tx, player.id)


def save_list_position(tx: sa.Connection, player_id: int, left: ListReading | None, at: datetime) -> None:
    """Store what is left of a reading of all unlocks. None: it ended."""
    if left:
        save_job(tx, player_id, JobKind.UNLOCK_WHOLE, cursor=format_list_reading(left))
    else:
        save_list_end(tx, player_id, at)


def save_list_end(tx: sa.Connection, player_id: int, at: datetime) -> None:
    """Store that all unlocks were read, at first or again."""
    save_job(tx, player_id, JobKind.UNLOCK_WHOLE, cursor=None, last_at=at)


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
    save_job(tx, player_id, JobKind.UNLOCK_GAMES, cursor=format_readings(readings) or None, last_at=at)
