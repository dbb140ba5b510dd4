"""What games are called, where nothing told it: a few a run, or by whole consoles where that is cheaper."""

from collections.abc import Sequence
from datetime import timedelta

from syncer.core.clock import Clock
from syncer.core.model.library import ConsoleInfo, GameInfo, GameList
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import LibraryStore, ProgressSource
from syncer.core.store_retry import with_retries

from .item_fetcher import ItemFetcher

MAX_TITLE_REQUESTS = 5  # requests that one run spends on titles
EXPECTED_CONSOLES = 60  # about so many there are, before anybody asked
CONSOLE_LIST_TTL = timedelta(days=30)  # a console gains games; those that are left are asked for one by one


def title_requests(nameless: int, unlisted: int | None) -> int:
    """How many requests the next run spends on titles. Null `unlisted`: no console is known."""
    if not use_console_lists(nameless, unlisted):
        return min(nameless, MAX_TITLE_REQUESTS)
    return MAX_TITLE_REQUESTS if unlisted is None else min(unlisted, MAX_TITLE_REQUESTS)


def use_console_lists(nameless: int, unlisted: int | None) -> bool:
    """Whether the lists of all consoles cost fewer requests than each game."""
    left = EXPECTED_CONSOLES + 1 if unlisted is None else unlisted
    return 0 < left < nameless


class TitleFetcher:
    """Of one player's games, during one run."""

    def __init__(
        self, source: ProgressSource, library: LibraryStore, clock: Clock, attempts: ItemFetcher
    ) -> None:
        self.source, self.library, self.clock, self.fetcher = source, library, clock, attempts

    def fetch_some(self, player: Player) -> None:
        nameless = [
            g for g in self.library.untitled_games(player) if not self.fetcher.is_backing_off(_title(g))
        ]
        if not nameless:
            return
        unlisted = self._outdated_consoles()
        if unlisted is None and self.fetcher.is_backing_off("the consoles"):
            unlisted = []
        if use_console_lists(len(nameless), None if unlisted is None else len(unlisted)):
            self._fetch_console_lists(unlisted, nameless)
        else:
            self._fetch_single(nameless[:MAX_TITLE_REQUESTS])

    def _outdated_consoles(self) -> list[int] | None:
        found = self.library.outdated_consoles(self.clock.now() - CONSOLE_LIST_TTL)
        return None if found is None else [c for c in found if not self.fetcher.is_backing_off(_console(c))]

    def _fetch_console_lists(self, unlisted: list[int] | None, nameless: Sequence[GameId]) -> None:
        room = MAX_TITLE_REQUESTS
        if unlisted is None:
            room -= 1
            self._fetch_consoles()
        consoles = (self._outdated_consoles() or [])[:room]
        listed = [self._fetch_console(console) for console in consoles]
        if not any(listed):
            self._fetch_single(nameless[: room - len(consoles)])

    def _fetch_consoles(self) -> None:
        def keep(consoles: Sequence[ConsoleInfo]) -> bool:
            with_retries(self.clock, lambda: self.library.save_consoles(consoles))
            return self._outdated_consoles() is not None  # else there was none in it

        self.fetcher.fetch("the consoles", self.source.console_ids, keep)

    def _fetch_console(self, console: int) -> bool:
        def keep(listed: GameList) -> bool:
            with_retries(
                self.clock, lambda: self.library.save_console_games(console, listed.games, self.clock.now())
            )
            return True

        return self.fetcher.fetch(_console(console), lambda: self.source.game_list(console), keep)

    def _fetch_single(self, nameless: Sequence[GameId]) -> None:
        for game_id in nameless:
            self._fetch_title(game_id)

    def _fetch_title(self, game_id: GameId) -> None:
        def keep(fact: GameInfo | None) -> bool:
            facts, none = ([fact], []) if fact else ([], [game_id])
            with_retries(self.clock, lambda: self.library.save_titles(facts, none, self.clock.now()))
            return True

        self.fetcher.fetch(_title(game_id), lambda: self.source.game(game_id), keep)


def _title(game_id: GameId) -> str:
    return f"the title of game {game_id}"


def _console(console: int) -> str:
    return f"the games of console {console}"
