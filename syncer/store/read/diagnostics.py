"""Late, failing and suspect games, for doctor and plan."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.model.decision import RejectionReason
from syncer.core.model.progress import GameId
from syncer.store.db.tables import IS_OPEN, rejections, snapshots, targets

from .base import Reader
from .consistency import missing_unlock_count
from .mass_drops import standing_drop
from .promises import late_target_ids


class DiagnosticsQueries(Reader):
    """Checks of one player's targets; times are UTC."""

    def overdue(self, player_id: int, now: datetime, gap_after: timedelta) -> list[GameId]:
        """Return followed games so late that a gap follows."""
        with self._database.reading() as tx:
            return late_target_ids(tx, player_id, now, gap_after)

    def failing(self, player_id: int) -> list[GameId]:
        """Return followed games whose last poll failed."""
        t = targets.c
        query = sa.select(t.game_id).where(t.player_id == player_id, t.removed_at.is_(None), t.failures > 0)
        return [row["game_id"] for row in self._rows(query.order_by(t.game_id))]

    def suspect_games(self, player_id: int, since: datetime) -> list[GameId]:
        """Return games with a suspect answer that no later answer confirmed or disproved."""
        r = rejections.c
        # The other reasons count as failures of the target, which `failing` returns.
        suspect = r.reason.in_(
            (
                RejectionReason.SUSPECT_ZERO,
                RejectionReason.MASS_DROP,
                RejectionReason.UNSETTLED,
                RejectionReason.HARDCORE_ABOVE_ALL,
            )
        )
        stands = sa.and_(r.confirmed_at.is_(None), r.ended_at.is_(None), r.last_seen_at >= since)
        of_game = sa.and_(r.player_id == player_id, r.game_id.is_not(None))
        query = sa.select(r.game_id).where(of_game, suspect, stands)
        with self._database.reading() as tx:
            drop = standing_drop(tx, player_id)  # its games are not polled, so that their rows grow old
            return sorted({*tx.scalars(query), *(drop.waiting if drop else ())})

    def unreadable_rows(self, player_id: int) -> dict[str, int]:
        """Return how many rows of lists stand that could not be read, by endpoint."""
        r = rejections.c
        stands = sa.and_(r.reason == RejectionReason.UNPARSABLE_ROW.value, r.ended_at.is_(None))
        query = sa.select(r.endpoint, sa.func.count().label("rows")).where(r.player_id == player_id, stands)
        rows = self._rows(query.group_by(r.endpoint).order_by(r.endpoint))
        return {row["endpoint"]: row["rows"] for row in rows}

    def backfill_size(self, player_id: int) -> tuple[int, int]:
        """Return how many played games are followed, and how many unlocks are counted but not stored."""
        t = targets.c
        played = (t.player_id == player_id, t.source == "played", t.removed_at.is_(None))
        games_played = self._count(sa.select(sa.func.count()).select_from(targets).where(*played))
        with self._database.reading() as tx:
            return games_played, missing_unlock_count(tx, player_id)

    def snapshots_after(self, moment: datetime) -> tuple[int, datetime | None, datetime | None]:
        """Return how many open snapshots were last seen after `moment`, and their first and last time."""
        last_seen = snapshots.c.last_seen_at
        columns = sa.func.count(), sa.func.min(last_seen), sa.func.max(last_seen)
        # A poll is compared with the open snapshot only (clock_is_wrong in core/sync/validation.py).
        with self._database.reading() as tx:
            count, first, last = tx.execute(sa.select(*columns).where(last_seen > moment, IS_OPEN)).one()
        return count, first, last
