"""Write runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.clock import CLOCK_TOLERANCE
from syncer.core.model.decision import Rejection, RejectionReason
from syncer.core.model.mass_drop import MassDrop
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunMark, RunOutcome, RunReport
from syncer.core.notifications.model import NO_RECIPIENTS, Recipients
from syncer.store.db.engine import Database
from syncer.store.db.parameters import AT
from syncer.store.db.tables import rejections, runs, targets
from syncer.store.read.mass_drops import standing_drop
from syncer.store.read.runs import interrupted_run_started_at, newest_run

from .account_polls import end_account_polls
from .batch import SqlBatchWork
from .digests import enqueue_digests
from .interrupted_runs import (
    ANY_PLAYER,
    OF_NAME,
    OF_PLAYER,
    START,
    UNRESOLVED,
    interrupt_runs,
    open_runs,
)
from .notifications import enqueue_for_run
from .rejections import close_response_rejections, save_rejected_response

REJECTION_RETENTION = timedelta(days=90)
RUNS_BEFORE = 100  # of all players, between the start of a process and the end of its first run

LATEST: sa.BindParameter[datetime] = sa.bindparam("latest")
THIS_RUN = runs.c.id == sa.bindparam("run")
INSERT = runs.insert()
END = (
    runs.update()
    .where(THIS_RUN)
    .values(
        finished_at=AT,
        started_at=START,
        outcome=sa.bindparam("ending"),
        requests=sa.bindparam("request_count"),
        error=sa.bindparam("why"),
    )
    .returning(runs.c.player_id)
)
DELETE_EXPIRED = rejections.delete().where(
    rejections.c.last_seen_at < sa.bindparam("seen_before"), rejections.c.confirmed_at.is_(None)
)
CORRECT_RUNS = (
    runs.update()
    .where(runs.c.id.between(sa.bindparam("first"), sa.bindparam("run")), runs.c.finished_at > LATEST)
    .values(finished_at=AT)
)
CORRECT_TARGETS = tuple(
    targets.update().where(column > LATEST).values({column: AT})
    for column in (targets.c.added_at, targets.c.removed_at)
)


class RunWriter:
    """The core's RunStore in SQL. Each method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, audience: Recipients = NO_RECIPIENTS) -> None:
        self._database, self._audience = database, audience

    def open_run(self, player: Player | None, trigger: str, at: datetime) -> int:
        """Store that a run begins; return its id. Runs of the player that were left open are interrupted."""
        with self._database.writing() as tx:
            # Only one process runs a player at a time, so an open run of it belongs to a process that died.
            if player:
                interrupt_runs(tx, self._audience, at, OF_PLAYER, player=player.id)
            values = {"trigger": trigger, "started_at": at, "outcome": RunOutcome.RUNNING.value}
            inserted = tx.execute(INSERT, {"player_id": player.id if player else None, **values})
            assert inserted.inserted_primary_key
            return int(inserted.inserted_primary_key[0])

    def interrupted_run_started_at(self, player: Player) -> datetime | None:
        """Return when the first run began after the last one that reached its end, if there is any."""
        with self._database.reading() as tx:
            return interrupted_run_started_at(tx, player.id)

    def newest_run(self, player: Player) -> RunMark | None:
        """Return the player's newest run, of whichever process, with the number of its recorded batches."""
        with self._database.reading() as tx:
            return newest_run(tx, player.id)

    def standing_drop(self, player: Player) -> MassDrop | None:
        """Return the mass drop that waits for its confirmation, with the games that fell."""
        with self._database.reading() as tx:
            return standing_drop(tx, player.id)

    @contextmanager
    def batch(
        self, run_id: int, number: int, player: Player, game_ids: Sequence[GameId]
    ) -> Iterator[SqlBatchWork]:
        """Open the transaction that records batch `number` of a run; it is committed at the end."""
        with self._database.writing() as tx:
            yield SqlBatchWork(tx, run_id, number, player, game_ids)

    def close_run(
        self, run_id: int, report: RunReport, at: datetime, polled_at: datetime | None = None
    ) -> None:
        """Store how a run ended, with its messages. Closing it twice changes nothing.

        `polled_at`: when the newest accepted answer came.
        """
        with self._database.writing() as tx:
            running = open_runs(tx, self._audience, THIS_RUN, {"run": run_id})
            values = {"run": run_id, "at": at, "ending": report.outcome.value, "why": report.error or None}
            player_id = tx.scalar(END, values | {"request_count": report.requests})
            for run in running:
                enqueue_for_run(tx, self._audience, run, report, at)
                if report.targets_seen and run.player_id is not None:
                    enqueue_digests(tx, self._database, self._audience, run.player_id, at)
            if polled_at and player_id is not None:
                end_account_polls(tx, player_id, polled_at)
            if report.targets_seen:  # an accepted poll shows that the clock is right: old rows may go
                _correct_times_ahead(tx, run_id, at)
                close_response_rejections(tx, run_id, at)
                tx.execute(DELETE_EXPIRED, {"seen_before": at - REJECTION_RETENTION})

    def interrupt_open_runs(self, at: datetime) -> int:
        """Close the runs that a killed process left open; return how many. Needs the writer lock."""
        with self._database.writing() as tx:
            return interrupt_runs(tx, self._audience, at, ANY_PLAYER)

    def save_rejected_response(self, run_id: int, player: Player | None, raw: str, at: datetime) -> None:
        """Keep a response of which nothing was accepted."""
        rejection = Rejection(RejectionReason.UNPARSABLE, raw)
        with self._database.writing() as tx:
            save_rejected_response(tx, run_id, player.id if player else None, rejection, at)

    def interrupt_runs_of(self, name: str, at: datetime) -> int:
        """Close the open runs of the player with this name or ULID; return how many. Nobody may run it."""
        with self._database.writing() as tx:
            return interrupt_runs(tx, self._audience, at, OF_NAME, name=name)

    def interrupt_unresolved_runs(self, before: datetime, at: datetime) -> int:
        """Close the open runs that began before a moment and whose player was not found yet."""
        with self._database.writing() as tx:
            return interrupt_runs(tx, self._audience, at, UNRESOLVED, before=before)


def _correct_times_ahead(tx: sa.Connection, run_id: int, at: datetime) -> None:
    """Correct what this process has stamped at its start by a fast clock, before the first answer."""
    latest = at + CLOCK_TOLERANCE
    # By the key: years of runs need no search.
    recent = {"first": run_id - RUNS_BEFORE, "run": run_id}
    tx.execute(CORRECT_RUNS, {"latest": latest, "at": at, **recent})
    for statement in CORRECT_TARGETS:
        tx.execute(statement, {"latest": latest, "at": at})
