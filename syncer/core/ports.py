"""What the heart needs of the outside: somebody to ask, somewhere to remember."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from syncer.core.model.decision import BatchDecision, Decision, TargetState
from syncer.core.model.library import (
    CompletionPage,
    ConsoleInfo,
    GameInfo,
    GameList,
    GameUnlocks,
    PlayedGame,
    Unlock,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player, Profile, Target
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.model.run import RunReport
from syncer.core.model.schedule import Schedule
from syncer.core.ratelimit.limiter import RateLimiter

BatchValidator = Callable[[Sequence[TargetState]], BatchDecision]


@dataclass(frozen=True, slots=True)
class TrackedPlayer:
    """A configured player, and how to look at it.

    `others`: names and ULIDs of the other configured players, lower case. `id_bytes`: room in the URL.
    `played`: all games that were ever played, too. `unlocks`: also when each achievement was unlocked, and
    what the games are called.
    """

    username: str | None
    ulid: str | None
    games: tuple[GameId, ...]
    schedule: Schedule
    gap_after: timedelta
    batch_size: int = 100
    id_bytes: int = 1800
    others: frozenset[str] = frozenset()
    played: bool = False
    unlocks: bool = False

    @property
    def label(self) -> str:
        return self.username or self.ulid or "?"

    def is_duplicate_of(self, player: Player) -> bool:
        """Whether another entry of the configuration is this very player."""
        return bool({player.ulid.lower(), (player.config_name or player.ulid).lower()} & self.others)


class ProgressSource(Protocol):
    """The site, as the sync engine uses it. Each call may raise any ApiError, or Cancelled.

    `username`: a name or a ULID.
    """

    @property
    def requests(self) -> int:
        """Attempts that left so far."""

    @property
    def limiter(self) -> RateLimiter: ...
    def profile(self, username: str) -> Profile: ...
    def progress(self, username: str, game_ids: Sequence[GameId]) -> ProgressResponse: ...
    def completion_progress(self, username: str, offset: int, count: int) -> CompletionPage: ...
    def achievements_earned_between(self, username: str, start: datetime, end: datetime) -> UnlockPage: ...
    def game(self, game_id: GameId) -> GameInfo | None: ...
    def game_unlocks(self, username: str, game_id: GameId) -> GameUnlocks | None: ...
    def console_ids(self) -> Sequence[ConsoleInfo]: ...
    def game_list(self, console_id: int) -> GameList: ...


class Store(Protocol):
    """Where it is remembered. Each call is one transaction and may raise StoreError."""

    def find_player(self, username: str | None, ulid: str | None) -> Player | None: ...
    def bind(self, run_id: int, who: TrackedPlayer, profile: Profile, at: datetime) -> Player: ...
    def save_profile(self, player: Player, profile: Profile | None, at: datetime) -> None:
        """Null profile: the player is gone."""

    def reconcile(self, player: Player, who: TrackedPlayer, at: datetime) -> list[Target]:
        """Make the targets those of the configuration; the live ones."""

    def open_run(self, player: Player | None, trigger: str, at: datetime) -> int:
        """Runs of that player that nobody closed are marked as interrupted."""

    def interrupted_run_started_at(self, player: Player) -> datetime | None:
        """When the first of the newest runs began that were all cut short; None: the last one was not."""

    def record(
        self,
        run_id: int,
        number: int,
        player: Player,
        game_ids: Sequence[GameId],
        judge: BatchValidator,
        raw: str | None,
    ) -> tuple[Decision, ...] | None:
        """Judge and store batch `number` of the run. None: that was done by an earlier call."""

    def save_library(
        self, player: Player, played: Sequence[PlayedGame], seconds: int, at: datetime
    ) -> None: ...
    def save_unlocks(
        self,
        player: Player,
        answer: UnlockPage,
        covered: Window,
        why: Callable[[Unlock], str],
        seconds: int | None,
        at: datetime,
    ) -> int: ...
    def missing_unlock_count(self, player: Player) -> int:
        """How many unlocks the newest numbers show, and nothing has told yet."""

    def profile_exceeds_unlocks(self, player: Player, at: datetime) -> bool:
        """Whether the profile told of more points than all unlocks come to, and they were not read since."""

    def restart_unlock_sync(self, player: Player, at: datetime) -> None: ...

    def mismatched_games(self, player: Player, at: datetime) -> list[GameId]:
        """Games whose unlocks are to be read again: they differ from the newest numbers."""

    def save_game_unlocks(
        self,
        player: Player,
        game_id: GameId,
        answer: GameUnlocks | None,
        why: Callable[[Unlock], str],
        at: datetime,
    ) -> bool:
        """All unlocks of one game were told; None: an empty answer. Whether that agrees with the looks."""

    def untitled_games(self, player: Player) -> list[GameId]:
        """Followed games that nothing has named, and nobody was asked about."""

    def save_titles(self, facts: Sequence[GameInfo], none: Sequence[GameId], at: datetime) -> None: ...
    def outdated_consoles(self, listed_before: datetime) -> list[int] | None:
        """Consoles whose games were not listed since then; None: no console is known."""

    def save_consoles(self, consoles: Sequence[ConsoleInfo]) -> None: ...
    def save_console_games(self, console_id: int, facts: Sequence[GameInfo], at: datetime) -> None:
        """Names those of the games that somebody follows."""

    def save_rejected_response(self, run_id: int, player: Player | None, raw: str, at: datetime) -> None: ...
    def close_run(self, run_id: int, report: RunReport, at: datetime) -> None: ...
