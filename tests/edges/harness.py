"""A player's household for tests: a world that changes, a virtual clock, the real heart on the real store."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeAlias

from syncer.core.clock import cut
from syncer.core.errors import ApiError, EmptyAnswer, SiteFailure, UnknownPlayer
from syncer.core.events import Event
from syncer.core.model.library import CompletionPage, ConsoleFacts, GameFacts, GameList, GameUnlocks, Unlocks
from syncer.core.model.player import Profile
from syncer.core.model.progress import NUMBERS, Answer, GameId, Progress, Unreadable
from syncer.core.model.run import RunReport
from syncer.core.model.schedule import Every, Schedule
from syncer.core.ports import Following
from syncer.core.ratelimit.budget import Limits, breaker_open_until, must_wait_until
from syncer.core.ratelimit.limiter import Gate
from syncer.core.sync.run import Syncer
from syncer.demo.world import World
from syncer.store.admin import upgrade as schema
from syncer.store.db.engine import Database
from syncer.store.read.base import Row
from syncer.store.read.history import Queries, Who
from syncer.store.request_budget import SharedBudget
from syncer.store.write.recorder import Recorder

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
GAMES = (1, 2, 3, 4)
Games: TypeAlias = dict[GameId, Progress | Unreadable]


class VirtualClock:
    def __init__(self) -> None:
        self.moment, self.ticks = START, 0.0

    def now(self) -> datetime:
        return cut(self.moment)

    def monotonic(self) -> float:
        return self.ticks

    def wait(self, seconds: float) -> None:
        self.pass_by(max(0.0, seconds))

    def on_stop(self, call: Callable[[], object]) -> None:
        pass

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.ticks += seconds


class WorldSource:
    """Asks the world directly; `weather` may raise, or change what is answered. Remembers what it served."""

    def __init__(self, world: World, clock: VirtualClock, gate: Gate) -> None:
        self.world, self.clock, self._gate = world, clock, gate
        self.requests = 0
        self.weather: Callable[[Games], Games] | None = None
        self.poison: set[GameId] = set()
        self.site_clock_off = timedelta(0)
        self.asked: list[tuple[GameId, ...]] = []
        self.failure: ApiError | None = None
        self.poisoned: ApiError | None = None

    @property
    def gate(self) -> Gate:
        return self._gate

    def _begin(self) -> datetime:
        self._gate.take()
        self.requests += 1
        self.clock.pass_by(0.05)
        if self.failure:
            raise self.failure
        return START + timedelta(seconds=self.clock.ticks) + self.site_clock_off

    def profile(self, user: str) -> Profile:
        date = self._begin()
        account = self.world.resolve(user)
        if account is None:
            raise UnknownPlayer(user)
        found = self.world.profile(account)
        return Profile(str(found["ULID"]), str(found["User"]), date)

    def progress(self, user: str, game_ids: Sequence[GameId]) -> Answer:
        self.asked.append(tuple(game_ids))
        date = self._begin()
        if self.poisoned and self.poison & set(game_ids):
            raise self.poisoned
        account = self.world.resolve(user)
        if account is None:
            raise EmptyAnswer("[]")
        games: Games = {g: self.world.progress(account, g) for g in game_ids}
        return Answer(self.weather(games) if self.weather else games, 0, date)

    def completion_progress(self, user: str, offset: int, count: int) -> CompletionPage:
        raise SiteFailure("this household lists its games")

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> Unlocks:
        raise SiteFailure("this household asks for no unlocks")

    def game(self, game_id: GameId) -> GameFacts | None:
        raise SiteFailure("this household asks for no titles")

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        raise SiteFailure("this household asks for no unlocks")

    def console_ids(self) -> Sequence[ConsoleFacts]:
        raise SiteFailure("this household asks for no titles")

    def game_list(self, console_id: int) -> GameList:
        raise SiteFailure("this household asks for no titles")


class Household:
    """One player, some games, a database, and a way to live a while."""

    def __init__(
        self,
        url: str,
        *,
        games: tuple[GameId, ...] = GAMES,
        every: timedelta = timedelta(minutes=15),
        batch_size: int = 100,
    ) -> None:
        self.clock, self.world = VirtualClock(), World()
        self.database = Database(url)
        schema.upgrade(self.database, self.clock.now())
        self.recorder, self.queries = Recorder(self.database), Queries(self.database)
        for game in range(1, 7):
            self.world.add_game(f"Game {game}", [5, 10, 25, 50], game_id=game)
        self.account = self.world.add_account("Tester", "k" * 32)
        budget = SharedBudget(self.database, "k" * 32, self.clock.now)
        self.source = WorldSource(self.world, self.clock, Gate(budget, Limits(6000, 1000), self.clock))
        self.events: list[Event] = []
        self.games, self.batch_size, self.name = games, batch_size, "Tester"
        self.schedule: Schedule = Every(every)

    @property
    def syncer(self) -> Syncer:
        who = Following(self.name, None, self.games, self.schedule, timedelta(minutes=30), self.batch_size)
        return Syncer(who, self.source, self.recorder, self.clock, self.events.append, Random(7))

    def sync(self, *, only_due: bool = False) -> RunReport | None:
        return self.syncer.run_once("test", only_due=only_due)

    def look(self) -> RunReport:
        report = self.sync()
        assert report is not None
        return report

    def live(self, length: timedelta, step: timedelta = timedelta(minutes=5)) -> None:
        """Time passes; whatever is due is asked, as the daemon would."""
        until = self.clock.moment + length
        while self.clock.moment < until:
            self.clock.pass_by(step.total_seconds())
            gate = self.source.gate
            budget, now = gate.read(), self.clock.now()
            if not must_wait_until(budget, now) and not breaker_open_until(budget, now):
                self.sync(only_due=True)

    @property
    def who(self) -> Who:
        return self.queries.players()[0]

    def history(self, game: GameId) -> list[Row]:
        return self.queries.history(self.who, game, None, None)

    def kinds(self, game: GameId) -> list[str]:
        return [row["kind"] + ("*" if row["after_gap"] else "") for row in self.history(game)]

    def state(self, moment: datetime) -> dict[GameId, tuple[tuple[int, ...], str]]:
        rows = self.queries.at(self.who, moment, self.clock.now(), timedelta(minutes=30))
        return {row["game_id"]: (tuple(row[name] for name in NUMBERS), row["coverage"]) for row in rows}

    def close(self) -> None:
        self.database.close()
