"""What changes whenever a page has something new to show, in one statement: open pages poll it."""

from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.store.db.account_tables import account_polls
from syncer.store.db.tables import player_names, players, runs, snapshots, targets

from .account_polls import IS_OPEN_ACCOUNT
from .base import Reader, Row

NAME: sa.BindParameter[str] = sa.bindparam("name")
FOLDED: sa.BindParameter[str] = sa.bindparam("folded")


class VersionQueries(Reader):
    """The newest rows of one player."""

    def of(self, name: str | None) -> Row | None:
        """Return the newest rows of the player with this name or ULID; None: of the first active player.

        None if there is no such player. On SQLite case counts for letters other than those of ASCII.
        """
        if name is not None and "\0" in name:  # which PostgreSQL refuses, and no name has
            return None
        with self._database.reading() as tx:
            values = {} if name is None else {"name": name, "folded": name.lower()}
            row = tx.execute(_version_query(name is not None), values).mappings().first()
            return dict(row) if row else None


@cache
def _version_query(is_named: bool) -> sa.Select[Any]:
    a, last, failed = account_polls.c, runs.alias("last_run").c, runs.alias("failed_run").c
    newest = runs.alias("newest_run").c
    mine = sa.select(sa.func.max(newest.id)).where(newest.player_id == players.c.id)
    unresolved = sa.select(sa.func.max(newest.id)).where(newest.player_id.is_(None))
    query = (
        sa.select(players.c.ulid, a.last_seen_at.label("polled_at"), a.promised_seconds)
        .add_columns(last.id.label("run_id"), last.outcome, _newest_snapshot_id().label("snapshot_id"))
        .add_columns(failed.id.label("failed_run_id"), failed.started_at.label("failed_at"))
        # The first poll of a player ends what failed before it.
        .add_columns(sa.select(sa.func.max(account_polls.c.id)).scalar_subquery().label("account_poll_id"))
        .select_from(players)
        .outerjoin(account_polls, sa.and_(a.player_id == players.c.id, IS_OPEN_ACCOUNT))
        .outerjoin(last.id.table, last.id == mine.correlate(players).scalar_subquery())
        .outerjoin(failed.id.table, failed.id == unresolved.scalar_subquery())
    )
    return (_named(query) if is_named else _first_active(query)).limit(1)


def _newest_snapshot_id() -> sa.ScalarSelect[Any]:
    s = snapshots.c
    newest = sa.select(s.id).where(s.player_id == players.c.id).correlate(players)
    # One step in the index of times; max(id) of one player would read all their rows.
    return newest.order_by(s.first_seen_at.desc(), s.id.desc()).limit(1).scalar_subquery()


def _first_active(query: sa.Select[Any]) -> sa.Select[Any]:
    t = targets.c
    is_active = sa.exists().where(t.player_id == players.c.id, t.removed_at.is_(None))
    return query.where(is_active).order_by(players.c.id)


def _named(query: sa.Select[Any]) -> sa.Select[Any]:
    """Return the query of the player with a name; a former name counts only if no player has it now."""
    p, n = players.c, player_names.c
    current = sa.or_(*(_is_name(column) for column in (p.ulid, p.username, p.config_name)))
    exact = sa.or_(p.username == NAME, p.config_name == NAME)  # as PlayerQueries.stored().named()
    former = sa.exists().where(n.player_id == p.id, _is_name(n.username))
    return query.where(sa.or_(current, former)).order_by(sa.case((exact, 0), (current, 1), else_=2), p.id)


def _is_name(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.or_(column == NAME, sa.func.lower(column) == FOLDED)
