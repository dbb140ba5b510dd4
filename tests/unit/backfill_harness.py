"""One player with a fake site and a store in memory, for tests of the backfill."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from syncer.core.backfill.backoff import Backoff
from syncer.core.events import Event
from syncer.core.model.library import GameInfo, PlayedGame, Unlock
from syncer.core.model.progress import Progress
from syncer.core.model.run import RunReport
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ports import TrackedPlayer
from syncer.core.site_clock import SiteClock
from syncer.core.sync.player_sync import PlayerSync
from tests.fakes import START, FakeClock, FakeSource
from tests.memory_polling import MemoryPolling
from tests.memory_store import MemoryStore

GOOD = Progress(10, 100, 2, 20, 1, 10)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


class BackfillHarness:
    """A player with `games = "played"`, or, with `games`, one who lists them."""

    def __init__(self, played: int = 3, games: tuple[int, ...] = ()) -> None:
        self.games, self.backoff = games, Backoff()
        self.unlocks, self.sessions = True, False
        self.clock, self.store = FakeClock(), MemoryStore()
        self.source = FakeSource(self.clock, {g: GOOD for g in range(1, 3000)})
        self.source.played = [PlayedGame(g, f"Game {g}", 1, "NES", "", 9, 1, 0) for g in range(1, played + 1)]
        self.source.titles = {g: GameInfo(g, f"Game {g}", 1, "NES", "") for g in range(1, 3000)}
        self.events: list[Event] = []

    def run(self, after: timedelta = timedelta(0)) -> RunReport:
        self.clock.pass_by(after.total_seconds())
        self.source.windows.clear()
        report = self.syncer().run_once("test")
        assert report
        return report

    def play(self, after: timedelta = timedelta(0)) -> RunReport:
        """Let a count rise, so that the unlocks are read by the run that sees it."""
        now = self.source.games[1]
        assert isinstance(now, Progress)
        self.source.games[1] = now._replace(
            num_achieved=now.num_achieved + 1, score_achieved=now.score_achieved + 5
        )
        return self.run(after)

    def wakes(self, *pauses: timedelta) -> list[bool]:
        """Return for each pause whether a daemon that wakes after it finds something due."""
        syncer = self.syncer()
        found = []
        for pause in pauses:
            self.clock.pass_by(pause.total_seconds())
            found.append(syncer.run_once("schedule", only_due=True) is not None)
        return found

    def syncer(self) -> PlayerSync:
        tracked = replace(tracked_player(*self.games), unlocks=self.unlocks, sessions=self.sessions)
        store, clock = self.store, SiteClock(self.clock)
        syncer = PlayerSync(
            *(tracked, self.source, store, store, store, store, MemoryPolling(store)),
            *(clock, self.events.append, Random(1)),
        )
        syncer.backoff = self.backoff  # as in one daemon
        return syncer

    def earn(self, achievement: int, at: datetime, game: int = 1, hardcore: bool = False) -> None:
        self.source.earned.append(Unlock(achievement, game, f"A {achievement}", 5, hardcore, at))


def tracked_player(*games: int) -> TrackedPlayer:
    return TrackedPlayer(
        "Tester", None, games, IntervalSchedule(QUARTER), 2 * QUARTER, played=not games, unlocks=True
    )


@pytest.fixture
def harness() -> BackfillHarness:
    """Return a harness with one unlock, after its first run."""
    made = BackfillHarness()
    made.earn(1, START - DAY)
    made.run()
    return made
