"""The checks in order. A check that raises an error has failed with that error."""

from collections.abc import Callable, Iterator

from syncer.core.errors import SyncerError

from . import api, consistency, database, environment, notifications, polling
from .context import CheckContext
from .result import CheckResult, Status, failed

CHECKS: dict[str, Callable[[CheckContext], CheckResult]] = {
    "configuration": environment.configuration,
    "permissions": environment.permissions,
    "folder": environment.folder,
    "sqlite": environment.sqlite,
    "database": database.database,
    "schema": database.schema,
    "integrity": database.integrity,
    "request budget": api.request_budget,
    "key": api.key,
    "players": api.players,
    "clock": api.clock,
    "future times": database.future_times,  # after a request: the site's answer says what time it is
    "cadence": polling.cadence,
    "gaps": polling.gaps,
    "targets": polling.targets,
    "suspect answers": polling.suspect_answers,
    "unreadable rows": polling.unreadable_rows,
    "consistency": consistency.consistency,
    "notifications": notifications.notifications,
    # Must be the last: it leaves out a failed run whose cause another check has reported.
    "runs": polling.runs,
}

LABELS = {"cadence": "polls in time", "targets": "games"}  # what people read where the name is another one


def checks_for(context: CheckContext) -> dict[str, Callable[[CheckContext], CheckResult]]:
    """Return the checks that concern this configuration."""
    if not context.app.config.cluster.enabled:
        return CHECKS
    from .cluster import cluster  # one process without [cluster] loads nothing of it

    others = {name: check for name, check in CHECKS.items() if name != "runs"}
    return {**others, "cluster": cluster, "runs": polling.runs}


def run_checks(context: CheckContext) -> Iterator[tuple[str, CheckResult]]:
    """Yield the name and result of each check as soon as it is done."""
    for name, check in checks_for(context).items():
        try:
            result = check(context)
        # The other checks go on: each of them may show the cause.
        except SyncerError as error:
            result = failed(error)
        if result.status is not Status.OK:
            context.not_ok.add(name)
        yield name, result
