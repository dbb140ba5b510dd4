"""What was recorded of a player in a period, for the estimates of a day and of a year."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.estimate.habits import DAY, Observed
from syncer.core.model.play import MAX_RECENT_PER_PAGE
from syncer.core.model.progress import GameId
from syncer.core.polling.hours import played_of
from syncer.store.db.account_tables import (
    account_polls,
    account_snapshots,
    consistency_checks,
    games_played,
    play_sessions,
    playtime,
    unlocks,
)
from syncer.store.db.tables import games, runs, snapshots, targets

from .base import Reader
from .play import games_to_time, sessions_since

a, c, s, u = account_polls.c, consistency_checks.c, snapshots.c, unlocks.c


class ObservedQueries(Reader):
    """How one player was polled and played; times are UTC."""

    def since(self, player_id: int, since: datetime) -> Observed:
        """Return what was recorded since then. What a first reading stored is left out."""
        polled = (a.player_id == player_id, a.last_seen_at >= since)
        columns = {name: query.scalar_subquery() for name, query in _counts(player_id, since).items()}
        columns |= {
            "first": sa.select(sa.func.min(a.first_seen_at)).where(*polled).scalar_subquery(),
            "last": sa.select(sa.func.max(a.last_seen_at)).where(*polled).scalar_subquery(),
        }
        with self._database.reading() as tx:
            query = sa.select(*(column.label(name) for name, column in columns.items()))
            row = dict(tx.execute(query).mappings().one())
            sessions = sessions_since(tx, player_id, since)
        first, last = row.pop("first"), row.pop("last")
        days = (last - max(first, since)) / DAY if first else 0.0
        return Observed(days, played=played_of(sessions).middle, sessions=len(sessions), **row)

    def played_last(self, player_id: int) -> list[GameId]:
        """Return the games that a probe reads: those that were played last, as far as it is known."""
        g = games_played.c
        query = sa.select(g.game_id).where(g.player_id == player_id).order_by(g.last_played_at.desc())
        with self._database.reading() as tx:
            return list(tx.scalars(query.limit(MAX_RECENT_PER_PAGE)))

    def playtimes_due(self, player_id: int, since: datetime, silent_since: datetime | None) -> int:
        """Return how many playtimes are to be read of sessions that ended after `since`.

        `silent_since`: the next probe ends the sessions that were not continued since then.
        """
        p = play_sessions.c
        ending = sa.select(sa.func.count()).select_from(play_sessions).where(p.player_id == player_id)
        ending = ending.where(p.is_open, p.ended_at > since)
        with self._database.reading() as tx:
            found = len(games_to_time(tx, player_id, since, MAX_RECENT_PER_PAGE))
            silent = tx.scalar(ending.where(p.ended_at < silent_since)) if silent_since else 0
        return found + int(silent or 0)

    def console_count(self, player_id: int) -> int:
        """Return on how many consoles the followed games are."""
        t = targets.c
        query = sa.select(sa.func.count(sa.distinct(games.c.console_id)))
        query = query.join_from(targets, games, games.c.id == t.game_id)
        return self._count(query.where(t.player_id == player_id, t.removed_at.is_(None)))


def _counts(player_id: int, since: datetime) -> dict[str, sa.Select[Any]]:
    """Return the query of each number of rows that were added since then."""
    changed = sa.and_(s.player_id == player_id, s.first_seen_at >= since, s.verdict != "new")
    checked = sa.and_(c.player_id == player_id, c.first_checked_at >= since)
    is_difference = sa.and_(c.subject == "snapshots", ~c.matches, c.residual_hardcore.is_(None))
    # Unlocks of a first reading are older than the player's recording.
    unlocked = sa.and_(u.player_id == player_id, u.first_seen_at >= since, u.source != "backfill")
    count = sa.func.count
    return {
        "changes": sa.select(count()).select_from(snapshots).where(changed),
        "changed_runs": sa.select(count(sa.distinct(s.run_id))).where(changed),
        "unlocks": sa.select(count()).select_from(unlocks).where(unlocked),
        "account_rows": _added(account_snapshots, player_id, since),
        "checks": sa.select(count()).select_from(consistency_checks).where(checked),
        "differences": sa.select(count()).select_from(consistency_checks).where(checked, is_difference),
        "playtimes": _added(playtime, player_id, since),
        "runs": _added(runs, player_id, since, "started_at"),
        "account_polls": _added(account_polls, player_id, since),
    }


def _added(table: sa.Table, player_id: int, since: datetime, column: str = "first_seen_at") -> sa.Select[Any]:
    query = sa.select(sa.func.count()).select_from(table)
    return query.where(table.c.player_id == player_id, table.c[column] >= since)
