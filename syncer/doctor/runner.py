"""The checks in their order; one that cannot be made is a finding, too."""

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
    "schema": database.revision,
    "rules": database.rules,
    "future": database.future,
    "budget": api.budget,
    "key": api.key,
    "players": api.players,
    "clock": api.clock,
    "cadence": polling.cadence,
    "gaps": polling.gaps,
    "targets": polling.targets,
    "doubts": polling.doubts,
    "books": consistency.balance,
    "messages": notifications.messages,
    "runs": polling.runs,  # the last: a bad run is told only where no other check has said why
}


def run_checks(patient: CheckContext) -> Iterator[tuple[str, CheckResult]]:
    for name, check in CHECKS.items():
        try:
            finding = check(patient)
        except SyncerError as error:
            finding = failed(error)
        if finding.status is not Status.OK:
            patient.complaints.add(name)
        yield name, finding
