"""The targets of a player with thousands, as a run has left them. Pure."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.model.player import Target
from syncer.core.model.run import RunMark

from .reconcile import active

MAX_AGE = timedelta(hours=1)  # whatever else may have changed them
MAX_KEPT = 50_000  # targets of all players of a process: 240 bytes each


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


class TargetCache:
    """The known targets of all players of a process, by the players' ids; at most `most` targets.

    Those of players that ran longest ago go first: they are read again. Thread-safe.
    """

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: dict[int, KnownTargets] = {}  # in the order of the runs

    def get(self, player_id: int) -> KnownTargets | None:
        """Return the known targets of a player, if there are any."""
        return self._kept.get(player_id)

    def keep(self, player_id: int, known: KnownTargets) -> None:
        """Keep the targets that a player's run has left, and as many of others as fit."""
        with self._lock:
            self._kept.pop(player_id, None)
            self._kept[player_id] = known
            while sum(len(one.targets) for one in self._kept.values()) > self._most:
                del self._kept[next(iter(self._kept))]

    def drop(self, player_id: int) -> None:
        """Forget the targets of a player, whose run may change them."""
        with self._lock:
            self._kept.pop(player_id, None)


def merge(targets: Sequence[Target], newer: Iterable[Target]) -> tuple[Target, ...]:
    """Return the targets with those that were read again, in the order of games; only the active ones."""
    by_id = {target.game_id: target for target in targets} | {target.game_id: target for target in newer}
    return tuple(sorted(active(by_id.values()), key=lambda target: target.game_id))
