"""What happens in the demo world, and when: always the same for a seed and a start."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from syncer.core.clock import truncate_to_ms
from syncer.core.model.progress import GameId

from . import seed as demo_seed
from .scenario_state import ScenarioState
from .timelines import TIMELINES, ScenarioEvent, live_hours
from .world import World


@dataclass(frozen=True, slots=True)
class ScenarioLog:
    """One change that happened, described for people."""

    at: datetime
    player: str
    text: str


class Scenario:
    """Moves a world along its timelines: the same events in the same order, however `advance` is called.

    Three weeks of evenings from `start`, in which one set is revised, a player renamed, a game reset, an
    achievement demoted and another given other points; then twelve live hours; then evenings without end.
    `games` lists the games of each player, of which the last two stay untouched. Raises ValueError for a
    naive start.
    """

    def __init__(
        self,
        world: World,
        seed: int,
        start: datetime,
        games: Mapping[str, Sequence[GameId]] = demo_seed.GAMES,
    ) -> None:
        self.world = world
        self.log: list[ScenarioLog] = []
        begin = truncate_to_ms(start)
        self._state = ScenarioState(world, games, begin)
        # Some timelines never end: they are merged lazily, by the moment of their next event.
        self._events = heapq.merge(
            *(timeline(player, seed, begin) for timeline in TIMELINES for player in games),
            live_hours(tuple(games), seed, begin),
            key=lambda event: event.at,
        )
        self._next = next(self._events)
        self.advance(begin)

    def advance(self, to: datetime) -> int:
        """Run all events up to and including `to`. Return how many changed the world."""
        with self.world.lock:
            before = len(self.log)
            while self._next.at <= to:
                self._run(self._next)
                self._next = next(self._events)
            return len(self.log) - before

    def _run(self, event: ScenarioEvent) -> None:
        if self.world.resolve(event.player) is None:
            return  # deleted by a test
        self._state.now = event.at
        text = event.action(self._state, event.player, Random(event.seed))
        if text is not None:
            self.log.append(ScenarioLog(event.at, event.player, text))
