"""Write runs and their batches."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import Decision, Rejection, RejectionReason
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.model import NO_RECIPIENTS, Recipients
from syncer.core.ports import BatchValidator
from syncer.store.db.engine import Database
from syncer.store.db.tables import IS_RUNNING, rejections, runs
from syncer.store.read.runs import interrupted_run_started_at

from .notifications import enqueue_for_interrupted, enqueue_for_run
from .rejections import close_response_rejections, save_rejected_response
from .snapshots import add_run_counts, apply_decisions, load_target_states
from .statements import RECORDED_BATCHES

KEEP_EVIDENCE = timedelta(days=90)
CUT_SHORT = (RunOutcome.INTERRUPTED.value, RunOutcome.RUNNING.value, RunOutcome.DEFERRED.value)


class RunWriter:
    """The core's RunStore in SQL. Each method is one transaction and may raise StoreError."""

    def __init__(self, database: Database, audience: Recipients = NO_RECIPIENTS) -> None:
        self._database, self._audience = database, audience

    def open_run(self, player: Player | None, trigger: str, at: datetime) -> int:
        with self._database.writing() as tx:
            if player:
                self._interrupt(tx, at, runs.c.player_id == player.id)
            values = {"trigger": trigger, "started_at": at, "outcome": RunOutcome.RUNNING.value}
            made = tx.execute(runs.insert().values(player_id=player.id if player else None, **values))
            assert made.inserted_primary_key
            return int(made.inserted_primary_key[0])

    def interrupted_run_started_at(self, player: Player) -> datetime | None:
        """The runs after the last one that came to its end, where there are any."""
        with self._database.reading() as tx:
            return interrupted_run_started_at(tx, player.id)

    def close_run(self, run_id: int, report: RunReport, at: datetime) -> None:
        with self._database.writing() as tx:
            running = self._running(tx, runs.c.id == run_id)
            values = {"finished_at": at, "outcome": report.outcome.value, "requests": report.requests}
            tx.execute(runs.update().where(runs.c.id == run_id).values(error=report.error or None, **values))
            for run in running:
                enqueue_for_run(tx, self._audience, run, report, at)
            if report.targets_seen:  # the clock was believed: old evidence may go
                close_response_rejections(tx, run_id, at)
                old = rejections.c.last_seen_at < at - KEEP_EVIDENCE
                tx.execute(rejections.delete().where(old, rejections.c.confirmed_at.is_(None)))

    def interrupt_open_runs(self, at: datetime) -> int:
        """At start, under the writer lock: runs that nobody finished."""
        with self._database.writing() as tx:
            return self._interrupt(tx, at, sa.true())

    def save_rejected_response(self, run_id: int, player: Player | None, raw: str, at: datetime) -> None:
        with self._database.writing() as tx:
            save_rejected_response(
                tx, run_id, player.id if player else None, Rejection(RejectionReason.UNPARSABLE, raw), at
            )

    def _interrupt(self, tx: sa.Connection, at: datetime, whose: sa.ColumnElement[bool]) -> int:
        """Runs that nobody closed are over; what they stored is told."""
        running = self._running(tx, whose)
        values = {"outcome": RunOutcome.INTERRUPTED.value, "finished_at": at}
        add_run_counts = tx.execute(runs.update().where(IS_RUNNING, whose).values(**values)).rowcount
        for run in running:
            enqueue_for_interrupted(tx, self._audience, run, at)
        return add_run_counts

    def _running(self, tx: sa.Connection, whose: sa.ColumnElement[bool]) -> Sequence[sa.Row[Any]]:
        """Those that are to be told of: each is closed once, so that closing twice tells nothing twice."""
        if not self._audience.services:
            return ()
        return tx.execute(sa.select(runs).where(IS_RUNNING, whose).order_by(runs.c.id)).all()

    def record(
        self,
        run_id: int,
        number: int,
        player: Player,
        game_ids: Sequence[GameId],
        judge: BatchValidator,
        raw: str | None,
    ) -> tuple[Decision, ...] | None:
        """lock | read | judge | write. Batch `number` of a run is recorded once, however often tried."""
        with self._database.writing() as tx:
            if tx.execute(RECORDED_BATCHES, {"run": run_id}).scalar_one() >= number:
                return None
            known = load_target_states(tx, player.id, game_ids)
            judgement = judge(known)
            apply_decisions(tx, run_id, player.id, judgement, known)
            add_run_counts(tx, run_id, number, judgement)
            if raw:
                save_rejected_response(
                    tx, run_id, player.id, Rejection(RejectionReason.UNPARSABLE, raw), judgement.at
                )
            return judgement.decisions
