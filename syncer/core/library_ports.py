"""What the core needs of a store of played games, unlocks and titles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from syncer.core.model.consistency import ListReading, SumCheck, UnlockStatus
from syncer.core.model.library import (
    ConsoleInfo,
    GameInfo,
    GameTitle,
    GameUnlocks,
    PlayedGame,
    SourcedUnlock,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId, UnparsableEntry
from syncer.core.model.restoration import UnconfirmedGame


class UnreadableRowStore(Protocol):
    """Where rows that cannot be read are kept. Each call is one transaction and may raise StoreError."""

    def save(
        self,
        player: Player,
        endpoint: str,
        subject: str,
        rows: Sequence[UnparsableEntry],
        at: datetime,
        *,
        is_complete: bool,
    ) -> None:
        """Keep rows that could not be read; where the answer is complete, end those that it no longer has."""

    def standing_subjects(self, player: Player, endpoint: str, seen_before: datetime) -> list[str]:
        """Return what was requested when rows that stand could not be read, and not since that moment."""


class ConsistencyStore(Protocol):
    """What decides which unlocks are read again. Each call is one transaction and may raise StoreError."""

    def status(self, player: Player, at: datetime) -> UnlockStatus: ...
    def save_check(self, player: Player, check: SumCheck) -> None:
        """Store how the sums of unlocks compare with the account's totals."""

    def begin_list_reading(self, player: Player, reading: ListReading, at: datetime) -> None:
        """Store that all unlocks are read again: a run that is cut short goes on where it stopped."""

    def may_be_empty(self, player: Player) -> bool:
        """Return whether an account without any unlock contradicts nothing that is stored."""


class LibraryStore(Protocol):
    """Where played games and unlocks are stored. Each call is one transaction and may raise StoreError."""

    unreadable_rows: UnreadableRowStore

    @property
    def consistency(self) -> ConsistencyStore: ...

    def save_library(self, player: Player, played: Sequence[PlayedGame], follows: bool, at: datetime) -> None:
        """Store the awards of a listing. `follows`: it is complete, and its games become targets."""

    def save_unlocks(
        self,
        player: Player,
        answer: UnlockPage,
        rows: Sequence[SourcedUnlock],
        covered: Window,
        follows: bool,
        at: datetime,
        *,
        is_reread: bool = False,
        list_reading: ListReading | None = None,
    ) -> int:
        """Store a page of unlocks; return how many were new. `follows`: their games become targets.

        `list_reading`: the reading of all unlocks that this page belongs to, as it was before this page.
        """

    def missing_unlock_count(self, player: Player) -> int:
        """Return how many unlocks the newest snapshots count that are not stored."""

    def save_game_unlocks(
        self,
        player: Player,
        game_id: GameId,
        answer: GameUnlocks | None,
        rows: Sequence[SourcedUnlock],
        at: datetime,
        *,
        is_repair: bool = True,
    ) -> bool:
        """Store all unlocks of one game, if they agree with what is known of it; return whether they do.

        That is its newest snapshot or, if it is not followed, some stored unlock. They decide how much of its
        rises came back. None: an empty answer. Its playtime is stored in any case. `is_repair`: read because
        they differed, so that one that still differs waits.
        """

    def games_to_time(self, player: Player, since: datetime, limit: int) -> list[GameId]:
        """Return games whose last session ended since then, and whose playtime was not read after it."""

    def save_playtime(self, player: Player, game_id: GameId, seconds: int, at: datetime) -> None:
        """Store how long a game was played in all, by the site."""

    def unconfirmed_games(self, player: Player) -> list[UnconfirmedGame]:
        """Return the games with rises that are not decided, the oldest first."""

    def decide_by_numbers(self, player: Player, games: Sequence[GameId], at: datetime) -> None:
        """Decide the rises of these games without unlocks."""


class TitleStore(Protocol):
    """Where the titles of games are stored. Each call is one transaction and may raise StoreError."""

    def outdated_titles(self, player: Player, read_before: datetime) -> list[GameTitle]:
        """Return tracked games whose title was not read since then, those never asked for first."""

    def save_titles(self, facts: Sequence[GameInfo], none: Sequence[GameId], at: datetime) -> None: ...
    def outdated_consoles(self, listed_before: datetime) -> list[int] | None:
        """Return the consoles whose games were not listed since then. None: no console is stored."""

    def save_consoles(self, consoles: Sequence[ConsoleInfo]) -> None: ...
    def save_console_games(self, console_id: int, facts: Sequence[GameInfo], at: datetime) -> None:
        """Store the titles of those games that are tracked."""
