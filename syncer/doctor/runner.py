"""The checks in their order; one that cannot be made is a finding, too."""

from collections.abc import Callable, Iterator

from syncer.core.errors import SyncerError

from . import api as site
from . import consistency as books
from . import database as stored
from . import environment as place
from . import notifications as told
from . import polling as looks
from .context import Patient
from .result import Finding, Status, failed

CHECKS: dict[str, Callable[[Patient], Finding]] = {
    "configuration": place.configuration,
    "permissions": place.permissions,
    "folder": place.folder,
    "sqlite": place.sqlite,
    "database": stored.database,
    "schema": stored.revision,
    "rules": stored.rules,
    "future": stored.future,
    "budget": site.budget,
    "key": site.key,
    "players": site.players,
    "clock": site.clock,
    "cadence": looks.cadence,
    "gaps": looks.gaps,
    "targets": looks.targets,
    "doubts": looks.doubts,
    "books": books.balance,
    "messages": told.messages,
    "runs": looks.runs,  # the last: a bad run is told only where no other check has said why
}


def examine(patient: Patient) -> Iterator[tuple[str, Finding]]:
    for name, check in CHECKS.items():
        try:
            finding = check(patient)
        except SyncerError as error:
            finding = failed(error)
        if finding.status is not Status.OK:
            patient.complaints.add(name)
        yield name, finding
