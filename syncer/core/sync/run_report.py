"""How a run ended, in one place (design: failure, in one table)."""

from collections.abc import Mapping

from syncer.core.errors import Deferred, Stopped, StoreBusy, SyncerError
from syncer.core.model.decision import Verdict
from syncer.core.model.run import RunOutcome, RunReport


def report_of(
    label: str, run_id: int, error: SyncerError | None, verdicts: Mapping[Verdict, int], requests: int
) -> RunReport:
    seen = sum(n for verdict, n in verdicts.items() if verdict.believed)
    asked = sum(verdicts.values())
    outcome, code = outcome_of(error, complete=seen == asked)
    return RunReport(
        label,
        outcome,
        code,
        run_id,
        asked,
        seen,
        seen - verdicts.get(Verdict.SAME, 0),
        requests,
        error.why if error else "",
        error.hint if error else "",
        dict(verdicts),
        type(error).__name__ if error else "",
    )


def outcome_of(error: SyncerError | None, complete: bool) -> tuple[RunOutcome, int]:
    if error is None:
        return (RunOutcome.OK, 0) if complete else (RunOutcome.PARTIAL, 3)
    if isinstance(error, Stopped):
        return RunOutcome.INTERRUPTED, error.exit_code
    if isinstance(error, (Deferred, StoreBusy)):
        return RunOutcome.DEFERRED, error.exit_code
    return RunOutcome.FAILED, error.exit_code
