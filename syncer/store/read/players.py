"""Players, their targets and how their polls go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.errors import ConfigError
from syncer.core.formats.text import name_some
from syncer.core.model.job import JobKind
from syncer.core.model.player import Player, Target
from syncer.store.db.account_tables import account_polls, player_jobs
from syncer.store.db.tables import player_names, players, snapshots, targets

from .account_polls import IS_OPEN_ACCOUNT, newest_account_poll
from .base import Reader, Row, read_targets

PLAYER = tuple(f.name for f in fields(Player))  # the columns that make one


@dataclass(frozen=True, slots=True)
class PlayerRef:
    """A stored player, and the names by which a person may ask for it."""

    id: int
    ulid: str
    username: str
    config_name: str | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredPlayers:
    """All stored players. `active`: those with active targets; `former`: former and current names."""

    all: tuple[PlayerRef, ...]
    active: tuple[PlayerRef, ...]
    former: tuple[tuple[str, int], ...]

    def named(self, name: str) -> list[PlayerRef]:
        """Return the players with this current, former or configured name, or ULID.

        Raises ConfigError for an unknown one.
        """
        former_ids = {player_id for former, player_id in self.former if former.lower() == name.lower()}
        return _named(self.all, name, former_ids)


def find_player(tx: sa.Connection, username: str | None, ulid: str | None) -> Player | None:
    """Return the player with this ULID or, if none is configured, with this configured name."""
    name = (ulid or username or "").lower()
    row = tx.execute(_find_query("ulid" if ulid else "config_name"), {"name": name}).first()
    return player_from(row) if row else None


@cache
def _find_query(column: str) -> sa.Select[Any]:
    match = sa.func.lower(players.c[column]) == sa.bindparam("name")
    return select_players().where(match).order_by(players.c.id.desc())


@cache
def select_players() -> sa.Select[Any]:
    """Return the query of players, each with what is kept in player_jobs and account_polls."""
    j, a = player_jobs.c, account_polls.c
    due = sa.select(j.next_at).where(j.player_id == players.c.id, j.kind == JobKind.PROFILE)
    overlap = sa.select(j.last_at).where(j.player_id == players.c.id, j.kind == JobKind.UNLOCK_WINDOW)
    rank = sa.select(j.last_at).where(j.player_id == players.c.id, j.kind == JobKind.CHECK)
    whole = sa.select(j.last_at).where(j.player_id == players.c.id, j.kind == JobKind.LISTING_WHOLE.value)
    columns = {"profile_due_at": due, "unlocks_overlap_read_at": overlap, "rank_read_at": rank}
    seen, promised = (
        sa.select(column).where(a.player_id == players.c.id, IS_OPEN_ACCOUNT)
        for column in (a.last_seen_at, a.promised_seconds)
    )
    columns |= {"listing_whole_at": whole, "account_seen_at": seen, "account_promised_seconds": promised}
    return sa.select(players, *(query.scalar_subquery().label(name) for name, query in columns.items()))


def player_from(row: Any) -> Player:
    return Player(*(getattr(row, name) for name in PLAYER))


class PlayerQueries(Reader):
    """Players and the schedule of their targets; times are UTC."""

    def select(self, name: str | None = None) -> list[PlayerRef]:
        """Return the players with active targets, or those with this name.

        A name is a current, former or configured name, or a ULID. Raises ConfigError for an unknown one.
        """
        stored = self.stored()
        return list(stored.active) if name is None else stored.named(name)

    def stored(self) -> StoredPlayers:
        """Return all stored players, with all names that they had."""
        t = targets.c
        is_active = sa.exists().where(t.player_id == players.c.id, t.removed_at.is_(None)).label("is_active")
        with self._database.reading() as tx:
            rows = tx.execute(sa.select(players, is_active).order_by(players.c.id)).all()
            former = tx.execute(sa.select(player_names.c.username, player_names.c.player_id)).all()
        refs = [(PlayerRef(r.id, r.ulid, r.username, r.config_name, r.gone_at), r.is_active) for r in rows]
        return StoredPlayers(
            tuple(ref for ref, _ in refs),
            tuple(ref for ref, is_followed in refs if is_followed),
            tuple((row.username, row.player_id) for row in former),
        )

    def find(self, username: str | None, ulid: str | None) -> Player | None:
        """Return the player of a configuration entry, if it was resolved before."""
        with self._database.reading() as tx:
            return find_player(tx, username, ulid)

    def names(self, player_id: int) -> list[Row]:
        """Return the names that a player had, the first known one first, each with when it was returned."""
        n = player_names.c
        query = sa.select(n.username, n.first_seen_at, n.last_seen_at).where(n.player_id == player_id)
        return self._rows(query.order_by(n.first_seen_at))

    def targets(self, player_id: int) -> list[Target]:
        """Return all targets of a player, the removed ones too, in the order of games."""
        with self._database.reading() as tx:
            return read_targets(tx, player_id)

    def first_poll(self, player_id: int) -> datetime | None:
        """Return when the first snapshot of the player began."""
        first = sa.select(sa.func.min(snapshots.c.first_seen_at)).where(snapshots.c.player_id == player_id)
        found: datetime | None = self._scalar(first)
        return found

    def last_poll(self, player_id: int) -> datetime | None:
        """Return the time of the newest accepted answer about the player."""
        with self._database.reading() as tx:
            return _last_poll(tx, player_id)

    def next_due(self, player_id: int) -> datetime | None:
        """Return when the player is polled next; None: nothing is followed."""
        with self._database.reading() as tx:
            return _next_due(tx, player_id)


def _named(stored: Sequence[PlayerRef], name: str, former_ids: Iterable[int]) -> list[PlayerRef]:
    """Return the players with this name; a former name counts only if no player has it now."""
    wanted = name.lower()
    current = [
        p for p in stored if wanted in {p.username.lower(), p.ulid.lower(), (p.config_name or "").lower()}
    ]
    # Of names that differ by case only, the one that is written like this comes first.
    current.sort(key=lambda p: name not in (p.username, p.config_name))
    found = current or [p for p in stored if p.id in set(former_ids)]
    if not found:
        known = name_some([p.username for p in stored]) or "no player yet"
        raise ConfigError(f"no player {name} is stored (stored: {known})", hint="Try: syncer status")
    return found


def _active(player_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(targets.c.player_id == player_id, targets.c.removed_at.is_(None))


def _last_poll(tx: sa.Connection, player_id: int) -> datetime | None:
    """Return the last poll of the account, or of what changed since: its row is written once a minute."""
    newest = sa.select(sa.func.max(snapshots.c.first_seen_at)).where(snapshots.c.player_id == player_id)
    polled, changed = newest_account_poll(tx, player_id), tx.scalar(newest)
    return max((moment for moment in (polled and polled.at, changed) if moment), default=None)


def _next_due(tx: sa.Connection, player_id: int) -> datetime | None:
    """Return the first of: the account's promise, a failed or suspect target, one without a poll yet."""
    t = targets.c
    is_new = sa.and_(t.due_at.is_(None), t.promised_seconds.is_(None))
    columns = sa.func.count(), sa.func.min(t.due_at), sa.func.min(t.added_at).filter(is_new)
    count, retried, added = tx.execute(sa.select(*columns).where(_active(player_id))).one()
    polled = newest_account_poll(tx, player_id)
    moments = (retried, added, polled and polled.expected_at)
    return min((moment for moment in moments if moment), default=None) if count else None
