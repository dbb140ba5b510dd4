"""What the site does after a change: rows are counted again some seconds later, and then the totals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from syncer.core.model.progress import GameId

from .record import DEMOTION, DEMOTION_ZERO, NEW_GAME, RESET, RESET_ZERO, REVISION, REWEIGHT, UNLOCK, Numbers
from .world import MonthWorld

Job = Callable[[datetime], object]
At = Callable[[datetime, Job], object]  # do it at that moment


@dataclass
class Jobs:
    """The queue of the site. `at`: of the simulated time."""

    world: MonthWorld
    at: At
    rng: Random
    _is_queued: bool = False

    def unlock(
        self, game_id: GameId, achievement: int, at: datetime, kind: str, *, hardcore: bool, claimed: datetime
    ) -> None:
        """Unlock an achievement: until the row is counted again its counts are provisional (5.1)."""
        world = self.world
        had_it = achievement in world.earned(game_id)
        if not world.unlock(world.player, game_id, achievement, claimed, hardcore=hardcore):
            return
        self._show_row(game_id, at, NEW_GAME if kind == UNLOCK else None)
        world.touch(game_id)
        before = world.shown[game_id].as_tuple()
        more = 0 if hardcore and not had_it else -1 if hardcore else 1
        counts = (max(0, before[2] + more), before[3], before[4] + hardcore, before[5])
        world.show(game_id, (*before[:2], *counts), at, None)
        self.recount(game_id, at, kind)

    def recount(self, game_id: GameId, at: datetime, kind: str) -> None:
        delay = timedelta(milliseconds=int(1000 * min(30.0, 1.0 + self.rng.expovariate(0.25))))
        self.at(at + delay, lambda now: self._recount(game_id, now, kind))

    def _recount(self, game_id: GameId, now: datetime, kind: str) -> None:
        before, after = self.world.shown[game_id].as_tuple(), self.world.present(game_id)
        if kind == RESET and has_equal_points(before, after):
            kind = RESET_ZERO
        self.world.show(game_id, after, now, kind)
        self._refresh_totals(now)

    def revise(self, game_id: GameId, at: datetime) -> None:
        """Show a changed set: the possible half at once, the player's row some time later."""
        world = self.world
        world.touch(game_id)
        if game_id not in world.shown:
            return
        before, after = world.shown[game_id].as_tuple(), world.present(game_id)
        kind = kind_of_revision(before, after)
        world.show(game_id, (*after[:2], *before[2:]), at, kind if after[2:] == before[2:] else None)
        delay = timedelta(milliseconds=self.rng.randrange(5_000, 120_000))
        self.at(at + delay, lambda now: self._revised(game_id, now, kind))

    def _revised(self, game_id: GameId, now: datetime, kind: str) -> None:
        self.world.show(game_id, self.world.present(game_id), now, kind)
        self.world.totals = self.world.row_sums  # in the same step as the row

    def reset(self, game_id: GameId, at: datetime) -> None:
        self.world.touch(game_id)
        self.recount(game_id, at, RESET)

    def first_play(self, game_id: GameId, at: datetime) -> None:
        self._show_row(game_id, at, NEW_GAME)

    def _show_row(self, game_id: GameId, at: datetime, kind: str | None) -> None:
        """Give the player a row of a game that was never played; an award by the staff is no play."""
        world = self.world
        if game_id not in world.shown:
            world.show(game_id, (*world.present(game_id)[:2], 0, 0, 0, 0), at, kind)
            world.played_at.setdefault(game_id, None)
            world.set_played(game_id, world.played_at[game_id])

    def _refresh_totals(self, now: datetime) -> None:
        """Queue the job of the totals: once for several changes, usually some seconds long."""
        if self._is_queued:
            return
        self._is_queued = True
        seconds = min(300.0, self.rng.expovariate(1 / 20) + (200 if self.rng.random() < 0.03 else 1))
        self.at(now + timedelta(milliseconds=int(1000 * seconds)), self._add_up)

    def _add_up(self, now: datetime) -> None:
        self._is_queued, self.world.totals = False, self.world.row_sums


def kind_of_revision(before: Numbers, after: Numbers) -> str:
    if after[2] < before[2]:
        return DEMOTION_ZERO if has_equal_points(before, after) else DEMOTION
    if after[0] == before[0] and after[3] != before[3]:
        return REWEIGHT
    return REVISION


def has_equal_points(before: Numbers, after: Numbers) -> bool:
    """Return whether the player's points are the same."""
    return (after[3], after[5]) == (before[3], before[5])
