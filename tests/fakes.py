"""Small fakes of the clock, the budget store and the site, which remember what they were asked for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syncer.core.clock import Clock, truncate_to_ms
from syncer.core.errors import ApiError, BatchError, Cancelled, PlayerNotFound
from syncer.core.model.account import RankAndScore
from syncer.core.model.library import (
    CompletionPage,
    ConsoleInfo,
    ConsoleList,
    GameInfo,
    GameList,
    GameUnlocks,
    PlayedGame,
    Unlock,
    UnlockPage,
)
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.play import RecentGame, RecentPage
from syncer.core.model.player import Profile
from syncer.core.model.progress import GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.ratelimit.budget import BudgetTransition, RateLimits, RequestBudget, on_success
from syncer.core.ratelimit.limiter import RateLimiter

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
ULID = "00003EMFWR7XB8SDPEHB3K56ZQ"


class FakeClock:
    """Virtual time: a wait ends at once. Set `moment` as a user sets a clock. `waits`: all so far."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment, self.ticks, self.stopping = moment, 0.0, False
        self.waits: list[float] = []
        self._calls: list[Callable[[], object]] = []

    def now(self) -> datetime:
        return truncate_to_ms(self.moment)

    def monotonic(self) -> float:
        return self.ticks

    def steady(self) -> float:
        return self.ticks

    def wait(self, seconds: float) -> None:
        if self.stopping:
            raise Cancelled
        self.waits.append(seconds)
        self.pass_by(max(0.0, seconds))

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.ticks += seconds

    def on_stop(self, call: Callable[[], object]) -> None:
        self._calls.append(call)
        if self.stopping:
            call()

    def stop(self) -> None:
        self.stopping = True
        for call in self._calls:
            call()


class MemoryBudget:
    """A BudgetStore in memory. `seen_by` returns the same budget for another process and its clock."""

    def __init__(self, clock: Clock, stored: list[RequestBudget] | None = None) -> None:
        self.clock, self.stored = clock, [RequestBudget()] if stored is None else stored

    def seen_by(self, clock: Clock) -> "MemoryBudget":
        return MemoryBudget(clock, self.stored)

    def read(self) -> RequestBudget:
        return self.stored[0]

    def apply(self, transition: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        before = self.stored[0]
        self.stored[0] = transition(before, self.clock.now())
        return before, self.stored[0]


class FakeSource:
    """The site. `fault` returns how a request with these ids fails; `profiles` has the player of a name."""

    def __init__(self, clock: FakeClock, games: dict[GameId, Progress | UnparsableEntry]) -> None:
        self.clock, self.games, self.extra = clock, games, 0
        self.budget = MemoryBudget(clock)
        self.limiter = RateLimiter(self.budget, RateLimits(6000, 1000), clock)
        self.profiles = {name: Profile(ULID, "Tester") for name in ("tester", ULID.lower())}
        self.fault: Callable[[tuple[GameId, ...]], ApiError | None] = lambda ids: None
        self.profile_failure: ApiError | None = None
        self.date: Callable[[], datetime | None] = clock.now
        self.ranked = RankAndScore(AccountSums(60, 35), 4711)
        self.sums: AccountSums | None = AccountSums(60, 35)
        self.rank_failure: ApiError | None = None
        self.recent: dict[GameId, datetime] = {}  # when each game was played last
        self.recent_failure: ApiError | None = None
        self.probed: list[int] = []
        self.observe: Callable[[datetime | None, datetime], object] = lambda date, at: None
        self.requests = 0
        self.asked: list[tuple[GameId, ...]] = []
        self.names: list[str] = []
        self.played: list[PlayedGame] = []
        self.between_pages: Callable[[], object] = lambda: None
        self.earned: list[Unlock] = []
        self.windows: list[tuple[datetime, datetime]] = []
        self.titles: dict[GameId, GameInfo] = {}
        self.consoles: list[int] = [1, 2, 3]
        self.listed_consoles: list[int] = []
        self.games_read: list[GameId] = []
        self.poisoned_games: set[GameId] = set()
        self.playtimes: dict[GameId, int] = {}
        self.backfill_failure: ApiError | None = None

    def profile(self, user: str) -> Profile:
        self._send()
        self.names.append(user)
        if self.profile_failure:
            raise self.profile_failure
        if user.lower() not in self.profiles:
            raise PlayerNotFound(f"no player is called {user}")
        self.limiter.apply(on_success)
        return replace(self.profiles[user.lower()], date=self.date())

    def rank_and_score(self, user: str, *, with_rank: bool = True) -> RankAndScore:
        self._send()
        if not with_rank:
            return self._points(user)
        if self.rank_failure:
            raise self.rank_failure
        return replace(self.ranked, date=self.date())

    def _points(self, user: str) -> RankAndScore:
        if self.sums is None:
            raise PlayerNotFound(f"no player is called {user}")
        return RankAndScore(self.sums, None, is_rank_known=False)

    def recently_played(self, user: str, offset: int = 0, count: int = 50) -> RecentPage:
        """Return a page of `recent`, the newest first, with the numbers that progress() returns."""
        self._send()
        self.probed.append(offset)
        if self.recent_failure:
            raise self.recent_failure
        newest = sorted(self.recent.items(), key=lambda item: item[1], reverse=True)[offset : offset + count]
        rows = tuple(
            RecentGame(GameInfo(game, f"Game {game}", 1, "NES", ""), progress, at)
            for game, at in newest
            if isinstance(progress := self.games.get(game), Progress)
        )
        return RecentPage(rows, date=self.date(), at=self.clock.now())

    def progress(self, user: str, game_ids: Sequence[GameId]) -> ProgressResponse:
        self._send()
        self.asked.append(tuple(game_ids))
        if failure := self.fault(tuple(game_ids)):
            raise failure
        self.limiter.apply(on_success)
        return ProgressResponse(
            {g: self.games[g] for g in game_ids if g in self.games}, self.extra, self.date()
        )

    def completion_progress(self, user: str, offset: int, count: int) -> CompletionPage:
        self._send()
        if self.backfill_failure:
            raise self.backfill_failure
        page = tuple(self.played[offset : offset + count])
        total = len(self.played)
        self.between_pages()
        return CompletionPage(total, page)

    def achievements_earned_between(self, user: str, begin: datetime, end: datetime) -> UnlockPage:
        """Return the unlocks of the window, the oldest first and 500 at most, as the site does."""
        self._send()
        self.windows.append((begin, end))
        if self.backfill_failure:
            raise self.backfill_failure
        rows = [row for row in self.earned if begin <= row.unlocked_at <= end]
        return UnlockPage(tuple(sorted(rows, key=lambda row: (row.unlocked_at, row.achievement_id))[:500]))

    def game(self, game_id: GameId) -> GameInfo | None:
        self._send()
        return self.titles.get(game_id)

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        self._send()
        self.games_read.append(game_id)
        if game_id in self.poisoned_games:
            raise BatchError("500")
        mine = tuple(row for row in self.earned if row.game_id == game_id)
        info, playtime = GameInfo(game_id, f"Game {game_id}", 1, "NES", ""), self.playtimes.get(game_id)
        return GameUnlocks(info, mine, playtime=playtime)

    def console_ids(self) -> ConsoleList:
        self._send()
        return ConsoleList(tuple(ConsoleInfo(n, f"Console {n}", True, True) for n in self.consoles))

    def game_list(self, console_id: int) -> GameList:
        self._send()
        self.listed_consoles.append(console_id)
        return GameList(tuple(f for f in self.titles.values() if f.console_id == console_id))

    def _send(self) -> None:
        self.limiter.acquire()
        self.requests += 1
        self.observe(self.date(), self.clock.now())
