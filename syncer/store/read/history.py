"""The only reader: every question of the commands, answered in plain values."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.errors import ConfigError
from syncer.core.model.player import Target
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.store.db.streaming import RepeatableQuery, snapshot_transaction
from syncer.store.db.tables import IS_OPEN, games, player_names, players, snapshots, targets
from syncer.store.db.views import coverage_gaps, progress_changes

from .as_of import newest_as_of
from .base import Row, read_targets
from .diagnostics import DiagnosticsQueries
from .outbox import OutboxQueries
from .web import WebQueries

LATER = snapshots.alias("later")  # made once: an alias costs 0.4 ms


@dataclass(frozen=True, slots=True)
class PlayerRef:
    id: int
    ulid: str
    username: str
    config_name: str | None
    gone_at: datetime | None


class HistoryQueries(DiagnosticsQueries, OutboxQueries, WebQueries):
    """Read-only. Every method raises StoreError when the database cannot be read; times are UTC."""

    def players(self, name: str | None = None) -> list[PlayerRef]:
        """All with live targets, or the one called so: by name, former name, configured name or ULID.

        Raises ConfigError when nobody is.
        """
        with self._database.reading() as tx:
            rows = tx.execute(sa.select(players).order_by(players.c.id)).all()
            former = tx.execute(sa.select(player_names.c.player_id, player_names.c.username)).all()
            live = set(
                tx.scalars(sa.select(targets.c.player_id).where(targets.c.removed_at.is_(None)).distinct())
            )
        everybody = [PlayerRef(r.id, r.ulid, r.username, r.config_name, r.gone_at) for r in rows]
        if name is None:
            return [who for who in everybody if who.id in live]
        called = name.lower()
        ids = {f.player_id for f in former if f.username.lower() == called}
        found = [
            w
            for w in everybody
            if called in {w.username.lower(), w.ulid.lower(), (w.config_name or "").lower()}
        ]
        found = found or [w for w in everybody if w.id in ids]
        if not found:
            known = ", ".join(w.username for w in everybody) or "nobody yet"
            raise ConfigError(f"no player {name} is stored (stored: {known})", hint="Try: syncer status")
        return found

    # How it goes

    def status(self, who: PlayerRef, now: datetime, midnight: datetime, gap_after: timedelta) -> Row:
        """`midnight`: when the player's own day began."""
        t, mine = targets.c, sa.and_(targets.c.player_id == who.id, targets.c.removed_at.is_(None))
        changed = (snapshots.c.player_id == who.id, snapshots.c.first_seen_at >= midnight)
        with self._database.reading() as tx:
            count, due, failures = tx.execute(
                sa.select(
                    sa.func.count(), sa.func.min(t.due_at), sa.func.count().filter(t.failures > 0)
                ).where(mine)
            ).one()
            late = tx.scalar(sa.select(sa.func.count()).where(mine, t.expected_at < now - gap_after))
            changes = tx.scalar(
                sa.select(sa.func.count())
                .select_from(snapshots)
                .where(*changed, snapshots.c.verdict == "changed")
            )
            rows = tx.scalar(
                sa.select(sa.func.count()).select_from(snapshots).where(snapshots.c.player_id == who.id)
            )
        return {
            "username": who.username,
            "ulid": who.ulid,
            "gone_at": who.gone_at,
            "targets": count,
            "failing": failures,
            "overdue": late,
            "gaps": self.absences(who.id),
            "changes_today": changes,
            "snapshots": rows,
            "next_due_at": due,
            "last_poll_at": self.last_poll(who),
            "last_run": self.last_run(who.id),
        }

    def last_poll(self, who: PlayerRef) -> datetime | None:
        return self.newest_poll(who.id)

    def longest_interval(self, who: PlayerRef) -> timedelta:
        with self._database.reading() as tx:
            mine = (targets.c.player_id == who.id, targets.c.removed_at.is_(None))
            seconds = tx.scalar(sa.select(sa.func.max(targets.c.interval_seconds)).where(*mine))
        return timedelta(seconds=seconds or 0)

    def size(self) -> int:
        """Bytes of the whole database."""
        if self._database.path:
            parts = [self._database.path.with_name(self._database.path.name + end) for end in ("", "-wal")]
            return sum(part.stat().st_size for part in parts if part.exists())
        with self._database.reading() as tx:
            return int(tx.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)

    def next_due(self, player_id: int) -> datetime | None:
        mine = (targets.c.player_id == player_id, targets.c.removed_at.is_(None))
        with self._database.reading() as tx:
            found: datetime | None = tx.scalar(sa.select(sa.func.min(targets.c.due_at)).where(*mine))
            return found

    def targets(self, player_id: int) -> list[Target]:
        """All of a player, the removed ones too, in the order of games."""
        with self._database.reading() as tx:
            return read_targets(tx, player_id)

    def find_games(self, words: str, most: int) -> list[tuple[GameId, str]]:
        """Ids and titles of games in whose title the words stand, capitals or not; a whole title wins."""
        g = games.c
        query = sa.select(g.id, g.title).where(g.title.is_not(None)).order_by(g.title, g.id)
        with self._database.reading() as tx:
            named = [(row.id, row.title) for row in tx.execute(query)]
        called = words.casefold()
        whole = [game for game in named if game[1].casefold() == called]
        return (whole or [game for game in named if called in game[1].casefold()])[:most]

    # What was seen

    def history(
        self, who: PlayerRef, game_id: GameId, since: datetime | None, until: datetime | None
    ) -> list[Row]:
        """The stretches of one game, oldest first, with deltas and the names of changes."""
        with self.snapshots_of(who, game_id, since, until) as found:
            return list(found)

    @contextmanager
    def snapshots_of(
        self, who: PlayerRef, game_id: GameId, since: datetime | None, until: datetime | None
    ) -> Iterator[RepeatableQuery]:
        """The same, in little memory however many: of one moment, as often as they are gone through."""
        c = progress_changes.c
        query = sa.select(progress_changes).where(c.player_id == who.id, c.game_id == game_id)
        query = query.where(c.last_seen_at >= since) if since else query
        query = query.where(c.first_seen_at <= until) if until else query
        with snapshot_transaction(self._database) as tx:
            yield RepeatableQuery(tx, query.order_by(c.id), self._database.name)

    def changes(
        self, whose: Sequence[int], since: datetime | None, until: datetime | None, *, everything: bool
    ) -> list[Row]:
        """What changed for these players, newest first. `everything`: first looks and resumed ones, too."""
        c = progress_changes.c
        query = sa.select(progress_changes).where(c.player_id.in_(whose))
        query = query.where(c.first_seen_at >= since) if since else query
        query = query.where(c.first_seen_at <= until) if until else query
        query = query if everything else query.where(c.kind.not_in(("baseline", "resumed")))
        return self._rows(query.order_by(c.first_seen_at.desc(), c.id.desc()))

    def changes_after(self, snapshot_id: int) -> list[Row]:
        """What changed since that row was written, oldest first."""
        c = progress_changes.c
        query = sa.select(progress_changes).where(c.id > snapshot_id, c.kind != "baseline")
        return self._rows(query.order_by(c.id))

    def at(
        self,
        who: PlayerRef,
        moment: datetime,
        now: datetime,
        gap_after: timedelta,
        among: Sequence[GameId] | None = None,
    ) -> list[Row]:
        """The state of every target (only of those `among` some games) at `moment`.

        Each with a word: known, between, gap. What was first seen later is left out.
        """
        t, after = targets.c, LATER.c
        newest, which = newest_as_of(moment, lateral=self._database.path is None)
        s = newest.c
        follows = (
            sa.select(after.after_gap)
            .where(after.player_id == t.player_id, after.game_id == t.game_id)
            .where(after.first_seen_at > s.first_seen_at)
            .order_by(after.first_seen_at)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            sa.select(t.game_id, games.c.title, s.first_seen_at, s.last_seen_at, s.is_open, t.expected_at)
            .add_columns(*(s[name] for name in PROGRESS_COLUMNS), follows.label("gap_follows"))
            .join_from(targets, games, games.c.id == t.game_id)
            .join(newest, which)
            .where(t.player_id == who.id)
            .order_by(t.game_id)
        )
        query = query if among is None else query.where(t.game_id.in_(among))
        return [_with_word(row, moment, now, gap_after) for row in self._rows(query)]

    def gaps(self, who: PlayerRef, now: datetime, gap_after: timedelta) -> list[Row]:
        """When we were not looking, longest first; one that still runs has no end."""
        g = coverage_gaps.c
        columns = (g.game_id, g.title, g.started_at, g.ended_at)
        ended = self._rows(sa.select(*columns).where(g.player_id == who.id))
        running = (
            sa.select(targets.c.game_id, games.c.title, snapshots.c.last_seen_at.label("started_at"))
            .join_from(targets, games, games.c.id == targets.c.game_id)
            .join(
                snapshots,
                sa.and_(
                    snapshots.c.player_id == targets.c.player_id,
                    snapshots.c.game_id == targets.c.game_id,
                    IS_OPEN,
                ),
            )
            .where(targets.c.player_id == who.id, targets.c.removed_at.is_(None))
            .where(targets.c.expected_at < now - gap_after)
        )
        found = ended + [{**row, "ended_at": None} for row in self._rows(running)]
        return sorted(found, key=lambda g: (g["started_at"] - (g["ended_at"] or now), g["game_id"]))


def _with_word(row: Row, moment: datetime, now: datetime, gap_after: timedelta) -> Row:
    gap_follows, expected_at = row.pop("gap_follows"), row.pop("expected_at")
    if moment <= row["last_seen_at"]:
        word = "known"
    elif row.pop("is_open", False):
        word = "between" if expected_at and now <= expected_at + gap_after else "gap"
    else:
        word = "gap" if gap_follows else "between"
    row.pop("is_open", None)
    return {**row, "coverage": word}
