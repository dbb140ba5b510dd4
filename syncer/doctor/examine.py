"""The checks in their order; one that cannot be made is a finding, too."""

from collections.abc import Callable, Iterator

from syncer.core.errors import SyncerError

from . import books, looks, place, site, stored, told
from .finding import Finding, Status, failed
from .patient import Patient

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
