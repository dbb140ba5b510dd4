"""What one player's page showed, and when: the truth that the database is compared with.

The ledger looks at the tables of the simulated site after each change that the season makes. It never reads
the database of the product.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from syncer.demo.handlers.completion_progress import KINDS, highest
from syncer.demo.models import Account
from syncer.demo.world import World

from .values import Award, Period, Row

T = TypeVar("T", Row, Award)


class Ledger:
    """The unlocks and highest awards of one player over time."""

    def __init__(self, world: World, account: Account) -> None:
        self.world, self.account = world, account
        self.unlocks: dict[Row, list[Period]] = {}
        self.awards: dict[Award, list[Period]] = {}
        self.revised_at: dict[int, list[datetime]] = {}  # when the set of a game grew or shrank
        self._sizes: dict[int, int] = {}

    def observe(self, at: datetime) -> None:
        """Record what the site shows from this moment on."""
        self._observe_sets(at)
        _follow(self.unlocks, self._shown_unlocks(), at)
        _follow(self.awards, self._shown_awards(), at)

    def _observe_sets(self, at: datetime) -> None:
        for number, game in self.world.catalogue.games.items():
            size = len(game.promoted())
            if self._sizes.setdefault(number, size) != size:
                self.revised_at.setdefault(number, []).append(at)
            self._sizes[number] = size

    def rows_at(self, game: int, at: datetime) -> frozenset[Row]:
        """Return the unlocks of a game that the site counted at a moment."""
        shown = self.unlocks.items()
        return frozenset(row for row, ps in shown if row.game == game and any(p.holds(at) for p in ps))

    def _shown_unlocks(self) -> set[Row]:
        shown: set[Row] = set()
        for game, achievement, unlock in self.world.unlock_table.of(self.account):
            if not achievement.promoted:
                continue
            if unlock.hardcore_at is None or unlock.at < unlock.hardcore_at:
                shown.add(Row(game.id, achievement.id, False, unlock.at))
            if unlock.hardcore_at is not None:
                shown.add(Row(game.id, achievement.id, True, unlock.hardcore_at))
        return shown

    def _shown_awards(self) -> set[Award]:
        best = highest(self.world.metrics.awards(self.account))
        return {Award(game, KINDS[a.type, a.hardcore], a.at) for game, a in best.items()}


def _follow(known: dict[T, list[Period]], shown: Iterable[T], at: datetime) -> None:
    """Open a period for what is new, and close that of what is gone."""
    shown = set(shown)
    for item, periods in known.items():
        if periods[-1].until is None and item not in shown:
            periods[-1] = Period(periods[-1].since, at)
    for item in shown:
        periods = known.setdefault(item, [])
        if not periods or periods[-1].until is not None:
            periods.append(Period(at))
