"""Classify how a run ended."""

from collections.abc import Mapping

from syncer.core.errors import Cancelled, Deferred, StoreBusy, SyncerError
from syncer.core.model.decision import Verdict
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunOutcome, RunReport

from .clock_notice import SET_CLOCK


def build_report(
    label: str,
    run_id: int,
    error: SyncerError | None,
    verdicts: Mapping[Verdict, int],
    games: Mapping[GameId, bool],
    requests: int,
    unreadable_rows: int = 0,
    notice: str = "",
) -> RunReport:
    """Return the report of a run. `error`: what ended it early. `unreadable_rows`: of lists.

    `games`: the polled ones, and whether a poll of them was accepted.
    `notice`: what is wrong with the machine's clock, if no error ended the run.
    """
    accepted = sum(count for verdict, count in verdicts.items() if verdict.is_accepted)
    is_complete = accepted == sum(verdicts.values()) and not unreadable_rows
    outcome, code = classify_outcome(error, complete=is_complete)
    return RunReport(
        label,
        outcome,
        code,
        run_id,
        len(games),
        sum(games.values()),
        accepted - verdicts.get(Verdict.SAME, 0),
        requests,
        error.message if error else notice,
        error.hint if error else SET_CLOCK if notice else "",
        dict(verdicts),
        type(error).__name__ if error else "",
    )


def classify_outcome(error: SyncerError | None, complete: bool) -> tuple[RunOutcome, int]:
    """Return the outcome and the exit code. `complete`: each poll was accepted, and each row read."""
    if error is None:
        return (RunOutcome.OK, 0) if complete else (RunOutcome.PARTIAL, 3)
    if isinstance(error, Cancelled):
        return RunOutcome.INTERRUPTED, error.exit_code
    # Neither is a fault: the site asked for a wait, or another program writes to the database.
    if isinstance(error, (Deferred, StoreBusy)):
        return RunOutcome.DEFERRED, error.exit_code
    return RunOutcome.FAILED, error.exit_code
