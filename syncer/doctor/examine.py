"""The checks in their order; one that cannot be made is a finding, too."""

from collections.abc import Callable, Iterator

from syncer.core.errors import SyncerError

from . import looks, place, site, stored
from .finding import Finding, Patient, failed

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
    "runs": looks.runs,
    "cadence": looks.cadence,
    "gaps": looks.gaps,
    "targets": looks.targets,
    "doubts": looks.doubts,
}


def examine(patient: Patient) -> Iterator[tuple[str, Finding]]:
    for name, check in CHECKS.items():
        try:
            yield name, check(patient)
        except SyncerError as error:
            yield name, failed(error)
