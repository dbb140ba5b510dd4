"""Runs in virtual time: the real sync engine and store, and a simulated world in place of the site."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeAlias

from syncer.core.clock import truncate_to_ms
from syncer.core.errors import ApiError, EmptyResponse, PlayerNotFound, SiteUnavailable
from syncer.core.events import Event
from syncer.core.model.account import RankAndScore
from syncer.core.model.library import CompletionPage, ConsoleList, GameInfo, GameList, GameUnlocks, UnlockPage
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.play import RecentPage
from syncer.core.model.player import Player, Profile
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.model.run import RunReport
from syncer.core.model.schedule import IntervalSchedule, Schedule
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import RateLimits, blocked_until, circuit_open_until
from syncer.core.ratelimit.limiter import RateLimiter
from syncer.core.site_clock import SiteClock
from syncer.core.sync.player_sync import PlayerSync
from syncer.demo.world import World
from syncer.store.db.engine import Database
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import Queries
from syncer.store.request_budget import SqlBudgetStore
from syncer.store.write.writers import Writers
from tests.migrated import prepare

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
GAMES = (1, 2, 3, 4)
Games: TypeAlias = dict[GameId, Progress | UnparsableEntry]


class VirtualClock:
    def __init__(self) -> None:
        self.moment, self.ticks = START, 0.0

    def now(self) -> datetime:
        return truncate_to_ms(self.moment)

    def monotonic(self) -> float:
        return self.ticks

    def steady(self) -> float:
        return self.ticks

    def wait(self, seconds: float) -> None:
        self.pass_by(max(0.0, seconds))

    def on_stop(self, call: Callable[[], object]) -> None:
        pass

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.ticks += seconds


class WorldSource:
    """A ProgressSource on the simulated world. `fault` raises or changes an answer; `asked`: all batches.

    `has_dates`: the answers have a Date header.
    """

    def __init__(self, world: World, clock: VirtualClock, gate: RateLimiter) -> None:
        self.world, self.clock, self._gate = world, clock, gate
        self.requests = self.rank_requests = 0
        self.denies_rank = False  # the rank answers as for an unknown player
        self.fault: Callable[[Games], Games] | None = None
        self.poison: set[GameId] = set()
        self.site_clock_off = timedelta(0)
        self.asked: list[tuple[GameId, ...]] = []
        self.has_dates = True
        self.observe: Callable[[datetime | None, datetime], object] = lambda date, at: None
        self.failure: ApiError | None = None
        self.poisoned: ApiError | None = None

    @property
    def limiter(self) -> RateLimiter:
        return self._gate

    def _begin(self) -> datetime | None:
        self._gate.acquire()
        self.requests += 1
        self.clock.pass_by(0.05)
        if self.failure:
            raise self.failure
        date = START + timedelta(seconds=self.clock.ticks) + self.site_clock_off
        self.observe(date if self.has_dates else None, date)
        return date if self.has_dates else None

    def profile(self, user: str) -> Profile:
        date = self._begin()
        account = self.world.resolve(user)
        if account is None:
            raise PlayerNotFound(user)
        found = self.world.profile(account)
        hardcore, softcore = (found[name] for name in ("TotalPoints", "TotalSoftcorePoints"))
        assert isinstance(hardcore, int)
        assert isinstance(softcore, int)
        return Profile(str(found["ULID"]), str(found["User"]), date, hardcore, softcore)

    def rank_and_score(self, user: str, *, with_rank: bool = True) -> RankAndScore:
        date = self._begin()
        if not with_rank:
            return RankAndScore(self._points(user), None, is_rank_known=False)
        self.rank_requests += 1
        account = None if self.denies_rank else self.world.resolve(user)
        if account is None:
            return RankAndScore(AccountSums(0, 0), None, date=date)
        hardcore, softcore = self.world.points(account)
        rank = self.world.rankings.rank(account, hardcore, self.clock.now())
        return RankAndScore(AccountSums(hardcore, softcore), rank, date=date)

    def _points(self, user: str) -> AccountSums:
        account = self.world.resolve(user)
        if account is None:
            raise PlayerNotFound(user)
        return AccountSums(*self.world.points(account))

    def progress(self, user: str, game_ids: Sequence[GameId]) -> ProgressResponse:
        self.asked.append(tuple(game_ids))
        date = self._begin()
        if self.poisoned and self.poison & set(game_ids):
            raise self.poisoned
        account = self.world.resolve(user)
        if account is None:
            raise EmptyResponse("[]")
        games: Games = {g: self.world.progress(account, g) for g in game_ids}
        return ProgressResponse(self.fault(games) if self.fault else games, 0, date)

    def recently_played(self, user: str, offset: int = 0, count: int = 50) -> RecentPage:
        raise SiteUnavailable("this harness records no sessions")

    def completion_progress(self, user: str, offset: int, count: int) -> CompletionPage:
        raise SiteUnavailable("this harness tracks configured games only")

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> UnlockPage:
        raise SiteUnavailable("this harness reads no unlocks")

    def game(self, game_id: GameId) -> GameInfo | None:
        raise SiteUnavailable("this harness reads no titles")

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        raise SiteUnavailable("this harness reads no unlocks")

    def console_ids(self) -> ConsoleList:
        raise SiteUnavailable("this harness reads no titles")

    def game_list(self, console_id: int) -> GameList:
        raise SiteUnavailable("this harness reads no titles")


class SyncHarness:
    """One player, some games and a database."""

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
        prepare(self.database, self.clock.now())
        self.writers = Writers.for_database(self.database)
        self.queries = Queries(self.database)
        for game in range(1, 7):
            self.world.add_game(f"Game {game}", [5, 10, 25, 50], game_id=game)
        self.account = self.world.add_account("Tester", "k" * 32)
        budget = SqlBudgetStore(self.database, "k" * 32, self.clock.now)
        self.source = WorldSource(
            self.world, self.clock, RateLimiter(budget, RateLimits(6000, 1000), self.clock)
        )
        self.events: list[Event] = []
        self.games, self.batch_size, self.name = games, batch_size, "Tester"
        self.unlocks = self.rank = False
        self.schedule: Schedule = IntervalSchedule(every)

    @property
    def syncer(self) -> PlayerSync:
        who = TrackedPlayer(
            self.name,
            None,
            self.games,
            self.schedule,
            timedelta(minutes=30),
            self.batch_size,
            unlocks=self.unlocks,
            rank=self.rank,
        )
        w, announce, clock = self.writers, self.events.append, SiteClock(self.clock)
        self.source.observe = clock.observe
        return PlayerSync(
            who, self.source, w.players, w.runs, w.library, w.titles, w.polling, clock, announce, Random(7)
        )

    def sync(self, *, only_due: bool = False) -> RunReport | None:
        return self.syncer.run_once("test", only_due=only_due)

    def poll(self) -> RunReport:
        report = self.sync()
        assert report is not None
        return report

    def live(self, length: timedelta, step: timedelta = timedelta(minutes=5)) -> None:
        """Let time pass, and poll what is due, as the daemon does."""
        until = self.clock.moment + length
        while self.clock.moment < until:
            self.clock.pass_by(step.total_seconds())
            gate = self.source.limiter
            budget, now = gate.read(), self.clock.now()
            if not blocked_until(budget, now) and not circuit_open_until(budget, now):
                self.sync(only_due=True)

    @property
    def player(self) -> Player:
        """The stored player, as the core knows it."""
        found = self.writers.players.find_player(self.name, None)
        assert found
        return found

    @property
    def tracked(self) -> PlayerRef:
        return self.queries.players.select()[0]

    def history(self, game: GameId) -> list[Row]:
        return self.queries.history.snapshots(self.tracked.id, game, None, None)

    def kinds(self, game: GameId) -> list[str]:
        return [row["kind"] + ("*" if row["after_gap"] else "") for row in self.history(game)]

    def state(self, moment: datetime) -> dict[GameId, tuple[tuple[int, ...], str]]:
        rows = self.queries.history.state_at(self.tracked.id, moment, self.clock.now(), timedelta(minutes=30))
        return {
            row["game_id"]: (tuple(row[name] for name in PROGRESS_COLUMNS), row["coverage"]) for row in rows
        }

    def differing(self) -> list[GameId]:
        """Return the games whose unlocks are to be read again."""
        return self.queries.unlocks.games_to_reread(self.tracked.id, self.clock.now())

    def close(self) -> None:
        self.database.close()
