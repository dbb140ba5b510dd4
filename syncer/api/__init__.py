"""Ask: RetroAchievements' Web API, politely. Usable as a library on its own."""

import threading
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType

from syncer.core.clock import SystemClock
from syncer.core.model.library import MAX_PLAYED_PER_PAGE, CompletionPage, ConsoleInfo, GameInfo, UnlockPage
from syncer.core.model.player import Profile
from syncer.core.model.progress import GameId, Progress
from syncer.core.ratelimit.budget import BudgetTransition, RateLimits, RequestBudget
from syncer.core.ratelimit.limiter import RateLimiter

from .batching_client import BatchingClient
from .client import Client
from .source import ApiSource, id_bytes
from .transport import Transport

BASE_URL = "https://retroachievements.org/API"

__all__ = [
    "BASE_URL",
    "ApiSource",
    "BatchingClient",
    "Client",
    "Progress",
    "RetroAchievements",
    "Transport",
    "id_bytes",
]


class InMemoryBudget:
    """A BudgetStore for one process, where no database is at hand."""

    def __init__(self, clock: SystemClock) -> None:
        self._budget, self._clock, self._lock = RequestBudget(), clock, threading.Lock()

    def read(self) -> RequestBudget:
        return self._budget

    def apply(self, rule: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        with self._lock:
            before, self._budget = self._budget, rule(self._budget, self._clock.now())
            return before, self._budget


class RetroAchievements:
    """The Web API, paced by itself. Use one object for a key; close it, or use it in a `with`.

    `timeout`: seconds for one whole request. Raises ApiError and its kin (syncer.core.errors) from every
    question, ConfigError for a base_url or ca_file that cannot work.
    """

    def __init__(
        self,
        username: str,
        web_api_key: str,
        *,
        base_url: str = BASE_URL,
        requests_per_minute: float = 30,
        burst: int = 3,
        batch_size: int = 100,
        timeout: float = 30.0,
        ca_file: str = "",
        proxy: str = "",
    ) -> None:
        if batch_size < 1 or not 1 <= burst < requests_per_minute:
            raise ValueError("batch_size >= 1 and requests_per_minute > burst >= 1 are needed")
        clock = SystemClock()
        self._transport = Transport(
            base_url, web_api_key, clock=clock, timeout=timeout, ca_file=ca_file, proxy=proxy
        )
        gate = RateLimiter(
            InMemoryBudget(clock), RateLimits(requests_per_minute, burst), clock, interactive=True
        )
        self._site = ApiSource(Client(self._transport, gate, username, clock=clock))
        self._asker = BatchingClient(self._site, clock, batch_size, id_bytes(base_url, username))

    def get_user_progress(self, username: str, game_ids: Sequence[GameId]) -> dict[GameId, Progress]:
        """Progress by game id; games that the answer leaves out are left out.

        `username`: a name or a ULID. Long lists are split into batches. Raises PlayerNotFound,
        BatchError where a game cannot be read, ValueError for an id that is no positive number.
        """
        return self._asker.progress(username, game_ids)

    def get_user_profile(self, username: str) -> Profile:
        """Who a name or ULID is. Raises PlayerNotFound."""
        self._site.limiter.reset_wait_allowance()
        return self._site.profile(username)

    def get_user_completion_progress(
        self, username: str, offset: int = 0, count: int = MAX_PLAYED_PER_PAGE
    ) -> CompletionPage:
        """A page of the games in which the player unlocked something, the most recent unlock first.

        Sets of five or fewer achievements are left out, and rows that are `award_only` hold no progress. Ask
        on until `offset` reaches `total`; an unlock meanwhile moves the pages, so count the distinct ids.
        Raises PlayerNotFound, BatchError where a row cannot be read, ValueError for a page that cannot be.
        """
        return self._asker.completion_progress(username, offset, count)

    def get_achievements_earned_between(self, username: str, start: datetime, end: datetime) -> UnlockPage:
        """What was unlocked in a window (aware moments, both included), the oldest first, at most 500.

        Where the answer is `cut`, ask again from its last moment and take each achievement once. Raises
        PlayerNotFound, BatchError where a row cannot be read, ValueError for a window that cannot be.
        """
        return self._asker.achievements_earned_between(username, start, end)

    def get_game(self, game_id: GameId) -> GameInfo | None:
        """What a game is called; None where the site knows none of that id. Raises ValueError for no id."""
        return self._asker.game(game_id)

    def get_game_list(self, console_id: int, *, with_achievements: bool = True) -> tuple[GameInfo, ...]:
        """What the games of a console are called, all in one answer; none for an unknown console.

        `with_achievements`: only those that have any now. Raises BatchError where a row cannot be read,
        ValueError for no id.
        """
        return self._asker.game_list(console_id, with_achievements=with_achievements)

    def get_console_ids(self) -> tuple[ConsoleInfo, ...]:
        """All consoles, idle ones and such as are no game systems, too."""
        return self._asker.console_ids()

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> "RetroAchievements":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
