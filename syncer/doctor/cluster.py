"""The check of a cluster: a planner and workers are alive, and no player waits or was set aside."""

from syncer.core.formats.text import pluralize
from syncer.store.db.queue_schema import require_queue

from .context import CheckContext
from .result import UNREADABLE, CheckResult, combine, fail, ok, warn


def cluster(context: CheckContext) -> CheckResult:
    """Check the planner, the workers and the job queue. Raises DatabaseIncompatible for other tables."""
    app = context.app
    if not context.is_readable:
        return ok(UNREADABLE)
    require_queue(app.database)
    report = app.queries.cluster.report(app.config.cluster.dead_after)
    found = [
        fail(problem.what, problem.hint, 69) if problem.is_severe else warn(problem.what, problem.hint)
        for problem in report.problems()
    ]
    alive = f"a planner and {pluralize(report.workers, 'worker')}"
    return combine(found, ", ".join(filter(None, (alive, report.silent_text))))
