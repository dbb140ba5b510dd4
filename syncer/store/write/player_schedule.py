"""The schedule of the players in cluster mode: who is due, and whose runs kill workers.

All times are of the database's clock: the machines of a cluster need not agree about the time.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

from syncer.core.notifications.model import NO_RECIPIENTS, Recipients
from syncer.core.notifications.set_aside import set_aside_message
from syncer.store.db.engine import Database
from syncer.store.db.queue_tables import (
    IS_RUNNING,
    IS_WAITING,
    NOW,
    job_events,
    jobs,
    player_schedule,
    seconds,
    using_queue,
    workers,
)
from syncer.store.db.server_time import server_now
from syncer.store.db.tables import players

from .notifications import enqueue

# A run that died with its worker so often is repeated in a separate process. So many deaths set it aside.
DEATHS_WITH_OTHERS, DEATHS_UNTIL_SET_ASIDE = 2, 3
# Workers that die with a run, however many other runs they execute, and whoever killed them.
INTERRUPTIONS_UNTIL_SET_ASIDE = 10
MOST_AT_ONCE = 1000  # players whose jobs are queued in one transaction

s = player_schedule.c
NAME: sa.BindParameter[str] = sa.bindparam("name")
SPAN: sa.BindParameter[float] = sa.bindparam("span")
# One parameter for all names: a statement may have 65,535.
NAMES = sa.bindparam("names", type_=ARRAY(sa.Text))
REMOVE_OTHERS = player_schedule.delete().where(s.player != sa.all_(NAMES))
ADD = (
    insert(player_schedule)
    .values(player=NAME, due_at=sa.func.now(), interruptions=0, kills=0)
    .on_conflict_do_nothing()
)
HAS_JOB = sa.exists().where(jobs.c.queueing_lock == s.player, sa.or_(IS_WAITING, IS_RUNNING))
# Nobody is ever due later than in an hour: such a time was set before the server's clock was set back.
LATEST = seconds(2 * 3600.0)
IS_DUE = sa.or_(s.due_at <= NOW, s.due_at > NOW + LATEST)
DUE = (
    sa.select(s.player, s.ended_at.is_(None))
    .where(IS_DUE, s.set_aside_at.is_(None), ~HAS_JOB)
    .order_by(s.due_at)
    .limit(MOST_AT_ONCE)
)
THIS = s.player == NAME
NEVER_RUN = sa.select(s.player).where(s.ended_at.is_(None))
# The newest one: a name that was given to another account has two players.
PLAYER_ID = sa.select(sa.func.max(players.c.id)).where(
    sa.func.lower(NAME).in_((sa.func.lower(players.c.config_name), sa.func.lower(players.c.ulid)))
)
POSTPONE = player_schedule.update().where(THIS).values(due_at=NOW + seconds(SPAN))
FINISH = POSTPONE.values(ended_at=NOW, interruptions=0, kills=0, set_aside_at=None)
DEATHS = sa.func.least(s.interruptions, DEATHS_WITH_OTHERS) + s.kills
COUNTS = sa.select(s.interruptions, s.kills).where(THIS)
SET_ASIDE = (
    player_schedule.update()
    .where(THIS, s.set_aside_at.is_(None))
    .where(
        sa.or_(DEATHS >= DEATHS_UNTIL_SET_ASIDE, s.interruptions >= INTERRUPTIONS_UNTIL_SET_ASIDE),
    )
    .values(set_aside_at=NOW)
    .returning(s.player)
)
STARTED_AT = (
    sa.select(sa.func.max(job_events.c.at))
    .where(job_events.c.job_id == jobs.c.id, sa.cast(job_events.c.type, sa.Text) == "started")
    .scalar_subquery()
)
IS_DEAD = sa.or_(workers.c.id.is_(None), workers.c.last_heartbeat < NOW - seconds(SPAN))
STARTED_BEFORE = (
    sa.select(jobs.c.id, jobs.c.queueing_lock, IS_DEAD)
    .outerjoin_from(jobs, workers, workers.c.id == jobs.c.worker_id)
    .where(IS_RUNNING, NOW - seconds(SPAN) > STARTED_AT)
)
# A key of 64 bits is shown as two of 32.
HELD_KEYS = sa.text(
    "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class StaleJob(NamedTuple):
    """A job that began long ago and is not executed any more. `is_dead`: its worker has died."""

    id: int
    player: str
    is_dead: bool


class PlayerSchedule:
    """The table player_schedule. Each method is one transaction and may raise StoreError.

    `recipients`: who gets a message about a player who is set aside.
    """

    def __init__(self, database: Database, recipients: Recipients = NO_RECIPIENTS) -> None:
        self._database, self._recipients = database, recipients

    def follow(self, players: Collection[str], within: float) -> None:
        """Have these players and no others, all due at a random moment of the next `within` seconds.

        Their runs find out whether anything is due: the configuration may have changed.
        """
        names = list(players)
        soon = NOW + seconds(sa.func.random() * within)
        with using_queue(self._database) as tx:
            tx.execute(REMOVE_OTHERS, {"names": names})
            if names:
                tx.execute(ADD, [{"name": name} for name in names])
            tx.execute(player_schedule.update().values(due_at=sa.func.least(s.due_at, soon)))

    def due_players(self) -> Sequence[tuple[str, bool]]:
        """Return who is due and has no job, the longest due first; True: their first run is still to end."""
        with using_queue(self._database) as tx:
            return [(name, is_first) for name, is_first in tx.execute(DUE)]

    def postpone(self, player: str, delay: float) -> None:
        """Let a player be due in so many seconds, without a run."""
        with using_queue(self._database) as tx:
            tx.execute(POSTPONE, {"name": player, "span": delay})

    def finish(self, player: str, delay: float) -> None:
        """Let a player be due in so many seconds, after a run that left its process alive."""
        with using_queue(self._database) as tx:
            tx.execute(FINISH, {"name": player, "span": delay})

    def has_killed(self, player: str) -> bool:
        """Return whether the last runs of a player died with their processes, more than once.

        One death is mostly that of a machine, with all its runs, which need not be repeated one by one.
        """
        with using_queue(self._database) as tx:
            interruptions, kills = tx.execute(COUNTS, {"name": player}).one_or_none() or (0, 0)
            return bool(interruptions >= DEATHS_WITH_OTHERS or kills)

    def record_death(self, player: str, *, alone: bool) -> bool:
        """Count that a process died while it ran a player; return whether the player was set aside by it.

        `alone`: the process had only this run. A message about it is enqueued in the same transaction.
        """
        column = s.kills if alone else s.interruptions
        count = player_schedule.update().where(THIS).values({column: column + 1})
        with using_queue(self._database) as tx:
            tx.execute(count, {"name": player})
            is_set_aside = tx.execute(SET_ASIDE, {"name": player}).first() is not None
            if is_set_aside:
                player_id = tx.scalar(PLAYER_ID, {"name": player})
                enqueue(tx, self._recipients, player_id, [set_aside_message(player)], server_now(tx))
            return is_set_aside

    def stale_jobs(self, age: float, key_of: Callable[[str], int]) -> list[StaleJob]:
        """Return the jobs that began `age` seconds ago and whose player is not locked.

        `key_of`: the key of a player's lock.
        """
        with using_queue(self._database) as tx:
            found = [StaleJob(*row) for row in tx.execute(STARTED_BEFORE, {"span": age})]
            held = set(tx.scalars(HELD_KEYS))
        return [job for job in found if key_of(job.player) not in held]

    def has_first_run(self, key_of: Callable[[str], int]) -> bool:
        """Return whether the first run of a player goes on now."""
        with using_queue(self._database) as tx:
            new = tx.scalars(NEVER_RUN).all()
            held = set(tx.scalars(HELD_KEYS)) if new else set()
        return any(key_of(player) in held for player in new)
