"""The state of a cluster, from the tables of its job queue ([cluster] enabled; PostgreSQL only)."""

from typing import Any

import sqlalchemy as sa

from syncer.core.clock import truncate_to_ms
from syncer.core.errors import DatabaseIncompatible
from syncer.core.monitoring.cluster import SILENT_AFTER, ClusterReport, SetAside
from syncer.store.db.lock_keys import WRITER_KEY
from syncer.store.db.queue_tables import (
    IS_RUNNING,
    NOW,
    SCHEMA,
    STATUS,
    jobs,
    player_schedule,
    seconds,
    workers,
)

from .base import Reader

WORDS = {"todo": "waiting", "doing": "running"}  # of procrastinate, and ours
s = player_schedule.c
DEAD_AFTER: sa.BindParameter[float] = sa.bindparam("dead_after")
HAS_TABLES = sa.text("SELECT to_regclass(:table) IS NOT NULL")
JOBS = sa.select(STATUS, sa.func.count()).group_by(STATUS)
RUNS_NOW = sa.exists().where(jobs.c.queueing_lock == s.player, IS_RUNNING)
IS_DUE = sa.and_(s.due_at <= NOW, s.set_aside_at.is_(None), ~RUNS_NOW)
SILENT_FOR: sa.BindParameter[float] = sa.bindparam("silent_after")
ALIVE = sa.select(sa.func.count()).where(workers.c.last_heartbeat >= NOW - seconds(DEAD_AFTER))
SILENT = ALIVE.where(workers.c.last_heartbeat < NOW - seconds(SILENT_FOR))
here: sa.Select[Any] = sa.select(sa.column("oid")).select_from(sa.table("pg_database"))
here = here.where(sa.column("datname") == sa.func.current_database())
held = sa.table("pg_locks", *map(sa.column, ("locktype", "database", "classid", "objid", "granted"))).c
HAS_PLANNER = sa.exists().where(
    *(held.locktype == "advisory", held.database == here.scalar_subquery()),
    *(held.classid == 0, held.objid == WRITER_KEY, held.granted),
)
TOTALS = (
    sa.select(NOW, sa.func.count(), sa.func.extract("epoch", NOW - sa.func.min(s.due_at)))
    .add_columns(ALIVE.scalar_subquery(), SILENT.scalar_subquery(), HAS_PLANNER)
    .select_from(player_schedule)
    .where(IS_DUE)
)
ASIDE = (
    sa.select(s.player, s.set_aside_at).where(s.set_aside_at.is_not(None)).order_by(s.set_aside_at, s.player)
)


class ClusterQueries(Reader):
    """The state of the cluster whose queue is in Database.queue_schema."""

    def report(self, dead_after: float) -> ClusterReport:
        """Return the state. `dead_after`: seconds without a heartbeat until a worker counts as dead.

        Raises DatabaseIncompatible while the queue has no tables.
        """
        with self._database.reading() as tx:
            if not self._has_tables(tx):
                why = f"the job queue has no tables yet in the schema {self._database.queue_schema}"
                raise DatabaseIncompatible(why, hint="Make them: syncer db upgrade")
            limits = {"dead_after": dead_after, "silent_after": SILENT_AFTER}
            at, due, oldest, alive, silent, has_planner = self._run(tx, TOTALS, **limits).one()
            counts = {"waiting": 0, "running": 0}
            counts |= {WORDS.get(status, status): count for status, count in self._run(tx, JOBS)}
            age = None if oldest is None else round(float(oldest), 3)
            return ClusterReport(
                *(truncate_to_ms(at), counts, due, age, alive, bool(has_planner)),
                set_aside=self._set_aside(tx),
                silent_workers=silent,
            )

    def set_aside(self) -> list[SetAside]:
        """Return the players who are not run any more, the first one first."""
        with self._database.reading() as tx:
            return self._set_aside(tx) if self._has_tables(tx) else []

    def _set_aside(self, tx: sa.Connection) -> list[SetAside]:
        return [SetAside(player, truncate_to_ms(since)) for player, since in self._run(tx, ASIDE)]

    def _has_tables(self, tx: sa.Connection) -> bool:
        table = f"{self._database.queue_schema}.{player_schedule.name}"
        return bool(tx.scalar(HAS_TABLES, {"table": table}))

    def _run(self, tx: sa.Connection, query: sa.Select[*tuple[Any, ...]], **values: Any) -> Any:
        named = {"schema_translate_map": {SCHEMA: self._database.queue_schema}}
        return tx.execute(query, values, execution_options=named)
