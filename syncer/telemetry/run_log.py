"""What a run does, as log records with a stable event name and facts.

The sentence is for people; the name of the event and the facts are for programs (docs/metrics.md lists them).
"""

import logging
from typing import Any

from syncer.core.events import (
    BackfillProgress,
    BatchFailed,
    BatchRecorded,
    Event,
    RunEnded,
    RunStarted,
    WarningRaised,
)
from syncer.core.formats.text import pluralize
from syncer.core.model.run import RunOutcome, RunReport

logger = logging.getLogger("syncer")
LEVEL_OF_OUTCOME = {
    RunOutcome.OK: logging.INFO,
    RunOutcome.INTERRUPTED: logging.INFO,
    RunOutcome.PARTIAL: logging.WARNING,
    RunOutcome.DEFERRED: logging.WARNING,
    RunOutcome.FAILED: logging.ERROR,
}


class Listener:
    """Logs events. A failure is logged when it begins and ends, and at debug level while it lasts."""

    def __init__(self) -> None:
        self._last_runs: dict[str, tuple[RunOutcome, str]] = {}
        self._last_warnings: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Log an event."""
        match event:
            case RunStarted():
                _log_start(event)
            case BatchRecorded():
                _log_batch(event)
            case BatchFailed(player, game_ids, error):
                text = f"{player}: {error}, for {pluralize(len(game_ids), 'game')}"
                _log(logging.WARNING, "batch_failed", text, player=player, games=len(game_ids))
            case BackfillProgress(player, what, count):
                text = f"{player}: {what}: {count:,}"
                _log(logging.DEBUG, "backfill_progress", text, player=player, count=count)
            case WarningRaised():
                self._log_warning(event)
            case RunEnded(report):
                self._log_end(report)

    def _log_warning(self, event: WarningRaised) -> None:
        repeated = self._last_warnings.get(event.player) == event.what
        self._last_warnings[event.player] = event.what
        level = logging.DEBUG if repeated else logging.WARNING
        _log(level, "warning", f"{event.player}: {event.what}", player=event.player)

    def _log_end(self, report: RunReport) -> None:
        state, last = (report.outcome, report.error), self._last_runs.get(report.player)
        self._last_runs[report.player] = state
        # Successes are logged each time: they show that the daemon works.
        repeated = last == state and report.outcome is not RunOutcome.OK
        recovered = last is not None and last[0] is RunOutcome.FAILED and report.outcome is RunOutcome.OK
        hint = f". {report.hint}" if report.hint else ""
        text = f"{report.player}: {'works again, ' if recovered else ''}{describe_run(report)}{hint}"
        facts = {"player": report.player, "outcome": report.outcome.value, "run": report.run_id}
        level = logging.DEBUG if repeated else LEVEL_OF_OUTCOME[report.outcome]
        _log(level, "run_ended", text, **facts)


def describe_run(report: RunReport) -> str:
    """Return the outcome of a run, its error and its counts as one sentence."""
    counts = (
        f"{report.targets_seen} of {pluralize(report.targets_asked, 'game')} polled, "
        f"{pluralize(report.snapshots_added, 'new snapshot')}, {pluralize(report.requests, 'request')}"
    )
    if not report.error:
        return f"{report.outcome.value}: {counts}"
    return f"{report.outcome.value}: {report.error} ({counts})"


def _log_start(event: RunStarted) -> None:
    text = f"{event.player}: {pluralize(event.targets, 'game')} in {pluralize(event.batches, 'request')}"
    level = logging.DEBUG
    if event.resumed and event.resumed.targets:
        level = logging.INFO
        text += f"; {event.resumed.targets:,} were polled by the interrupted run"
    _log(level, "run_started", text, player=event.player)


def _log_batch(event: BatchRecorded) -> None:
    verdicts = event.decision.verdicts
    added = sum(count for verdict, count in verdicts.items() if verdict.adds_snapshot)
    polled = f"polled {pluralize(verdicts.total(), 'game')}, {pluralize(added, 'new snapshot')}"
    facts = {"player": event.player, "games": verdicts.total(), "added": added}
    _log(logging.DEBUG, "batch_recorded", f"{event.player}: {polled}", **facts)


def _log(level: int, name: str, text: str, **facts: Any) -> None:
    logger.log(level, text, extra={"facts": {"event": name, **facts}})
