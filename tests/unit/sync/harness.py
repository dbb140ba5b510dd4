"""A player's runs in memory: the real sync engine with a fake clock, a fake site and a memory store."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from syncer.core.errors import ApiError, BatchError
from syncer.core.events import BatchRecorded, Event, WarningRaised
from syncer.core.model.decision import BatchDecision, Verdict
from syncer.core.model.progress import GameId, Progress, UnparsableEntry
from syncer.core.model.run import RunReport
from syncer.core.model.schedule import IntervalSchedule, Schedule
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import RequestBudget
from syncer.core.site_clock import SiteClock
from syncer.core.sync.player_sync import PlayerSync
from tests.fakes import FakeClock, FakeSource
from tests.memory_polling import MemoryPolling
from tests.memory_store import MemoryStore

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GOOD = Progress(10, 100, 2, 20, 1, 10)
MORE = Progress(10, 100, 3, 30, 1, 10)
RESET = Progress(10, 100, 0, 0, 0, 0)
ZERO = Progress(0, 0, 0, 0, 0, 0)
WRONG = Progress(10, 100, 2, 20, 3, 30)


class MemoryHarness:
    """One player and some games, in memory."""

    def __init__(self, games: Iterable[GameId] = (1, 2, 3, 4), *, batch_size: int = 100) -> None:
        self.games, self.batch_size = tuple(games), batch_size
        self.clock, self.store = FakeClock(), MemoryStore()
        self.source = FakeSource(self.clock, {g: GOOD for g in self.games})
        self.events: list[Event] = []
        self.name: str | None = "Tester"
        self.ulid: str | None = None
        self.schedule: Schedule = IntervalSchedule(15 * MINUTE)
        self.check_profile = False
        self.others: frozenset[str] = frozenset()
        self.settings: dict[str, Any] = {}

    @property
    def syncer(self) -> PlayerSync:
        tracked = TrackedPlayer(self.name, self.ulid, self.games, self.schedule, 30 * MINUTE, self.batch_size)
        tracked = replace(tracked, **self.settings)
        clock = SiteClock(self.clock)
        self.source.observe = clock.observe
        return PlayerSync(
            replace(tracked, others=self.others),
            self.source,
            self.store,
            self.store,
            self.store,
            self.store,
            MemoryPolling(self.store),
            clock,
            self.events.append,
            Random(7),
            self.check_profile,
        )

    def sync(self, *, only_due: bool = False) -> RunReport | None:
        return self.syncer.run_once("test", only_due=only_due)

    def poll(self, after: timedelta = timedelta(0)) -> RunReport:
        """Let time pass and run once; `source.asked` and `source.names` hold the requests of this run."""
        self.clock.pass_by(after.total_seconds())
        self.source.asked.clear()
        self.source.names.clear()
        report = self.sync()
        assert report is not None
        return report

    def verdict_of(
        self, returned: Progress | UnparsableEntry, after: timedelta = 15 * MINUTE, game: GameId = 1
    ) -> Verdict:
        """Let the site return this for one game, run once, and return the verdict about the game."""
        self.source.games[game] = returned
        before = len(self.events)
        self.poll(after)
        recorded = [e for e in self.events[before:] if isinstance(e, BatchRecorded)]
        return next(verdict_of(e.decision, game) for e in recorded if game in e.decision.polled)

    def progress_of(self, game: GameId = 1) -> list[Progress]:
        """Return the progress of each stored snapshot of a game."""
        return [snapshot.progress for snapshot in self.store.snapshots_of.get(game, [])]

    def failures(self) -> dict[GameId, int]:
        return {t.game_id: t.failures for t in self.store.targets.values()}

    def warnings(self) -> list[str]:
        return [event.what for event in self.events if isinstance(event, WarningRaised)]

    @property
    def budget(self) -> RequestBudget:
        return self.source.limiter.read()


def failing_ids(*ids: GameId) -> Callable[[tuple[GameId, ...]], ApiError | None]:
    """Return a fault: each batch that holds one of these ids fails."""
    return lambda batch: BatchError("500", raw="oops") if set(ids) & set(batch) else None


def verdict_of(decision: BatchDecision, game: GameId) -> Verdict:
    """Return what a batch has decided about one of its games."""
    others = {d.game_id: d.verdict for d in decision.decisions}
    return others.get(game, Verdict.SAME)
