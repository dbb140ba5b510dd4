"""The targets of a player with thousands, as a run has left them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.model.player import Target
from syncer.core.model.run import RunMark

from .reconcile import active

MAX_AGE = timedelta(hours=1)  # whatever else may have changed them


@dataclass(frozen=True, slots=True)
class KnownTargets:
    """The active targets after the run `mark`: the next run need not read thousands again.

    `read_at`: when all of them were read. The runs since then have read only those that they polled.
    """

    mark: RunMark
    read_at: datetime
    targets: tuple[Target, ...]

    def as_of(self, mark: RunMark | None, now: datetime) -> tuple[Target, ...] | None:
        """Return the targets if no other run has begun since, in whichever process; else None."""
        return self.targets if mark == self.mark and self.read_at <= now < self.read_at + MAX_AGE else None


def merge(targets: Sequence[Target], newer: Iterable[Target]) -> tuple[Target, ...]:
    """Return the targets with those that were read again, in the order of games; only the active ones."""
    by_id = {target.game_id: target for target in targets} | {target.game_id: target for target in newer}
    return tuple(sorted(active(by_id.values()), key=lambda target: target.game_id))
