"""Fetching missing titles: a few games per run, or the lists of whole consoles where these cost less."""

from collections.abc import Sequence
from datetime import timedelta

from syncer.core.model.library import ConsoleList, GameInfo, GameList
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import ProgressSource, TitleStore
from syncer.core.store_retry import with_retries

from .item_fetcher import ItemFetcher
from .unreadable import CONSOLES_ENDPOINT, GAME_LIST_ENDPOINT, UnreadableRows

MAX_TITLE_REQUESTS = 5  # requests that one run spends on titles
EXPECTED_CONSOLES = 60  # the assumption until the consoles are known
CONSOLE_LIST_TTL = timedelta(days=30)  # games that a console gains meanwhile are requested one by one
CONSOLES = "the consoles"


def title_requests(untitled: int, outdated: int | None) -> int:
    """Return how many requests the next run spends on titles. `outdated` is None: no console is known."""
    if not use_console_lists(untitled, outdated):
        return min(untitled, MAX_TITLE_REQUESTS)
    return MAX_TITLE_REQUESTS if outdated is None else min(outdated, MAX_TITLE_REQUESTS)


def use_console_lists(untitled: int, outdated: int | None) -> bool:
    """Return whether the lists of all consoles cost fewer requests than single games."""
    lists = EXPECTED_CONSOLES + 1 if outdated is None else outdated
    return 0 < lists < untitled


class TitleFetcher:
    """The missing titles of one player's games during one run."""

    def __init__(
        self,
        player: Player,
        source: ProgressSource,
        titles: TitleStore,
        fetcher: ItemFetcher,
        unreadable: UnreadableRows,
    ) -> None:
        self.player, self.source, self.titles = player, source, titles
        self.clock, self.fetcher, self.unreadable = fetcher.clock, fetcher, unreadable

    def fetch_some(self) -> None:
        """Fetch missing titles, with MAX_TITLE_REQUESTS requests at most. Raises ApiError."""
        games = self.titles.untitled_games(self.player)
        untitled = [game_id for game_id in games if not self.fetcher.is_backing_off(_title(game_id))]
        if not untitled:
            return
        outdated = self._outdated_consoles()
        if outdated is None and self.fetcher.is_backing_off(CONSOLES):
            outdated = []
        if use_console_lists(len(untitled), None if outdated is None else len(outdated)):
            self._fetch_console_lists(outdated, untitled)
        else:
            self._fetch_single(untitled[:MAX_TITLE_REQUESTS])

    def _outdated_consoles(self) -> list[int] | None:
        found = self.titles.outdated_consoles(self.clock.now() - CONSOLE_LIST_TTL)
        return None if found is None else [c for c in found if not self.fetcher.is_backing_off(_console(c))]

    def _fetch_console_lists(self, outdated: list[int] | None, untitled: Sequence[GameId]) -> None:
        requests_left = MAX_TITLE_REQUESTS
        if outdated is None:
            requests_left -= 1
            self._fetch_consoles()
        consoles = (self._outdated_consoles() or [])[:requests_left]
        succeeded = [self._fetch_console(console) for console in consoles]
        if not any(succeeded):
            self._fetch_single(untitled[: requests_left - len(consoles)])

    def _fetch_consoles(self) -> None:
        def save(answer: ConsoleList) -> bool:
            self.unreadable.record(self.player, CONSOLES_ENDPOINT, CONSOLES, answer.unreadable)
            with_retries(self.clock, lambda: self.titles.save_consoles(answer.consoles))
            return self._outdated_consoles() is not None  # None: the answer had no console

        self.fetcher.fetch(CONSOLES, self.source.console_ids, save)

    def _fetch_console(self, console: int) -> bool:
        def save(answer: GameList) -> bool:
            subject = f"console {console}"
            self.unreadable.record(self.player, GAME_LIST_ENDPOINT, subject, answer.unreadable)
            with_retries(
                self.clock, lambda: self.titles.save_console_games(console, answer.games, self.clock.now())
            )
            return True

        return self.fetcher.fetch(_console(console), lambda: self.source.game_list(console), save)

    def _fetch_single(self, untitled: Sequence[GameId]) -> None:
        for game_id in untitled:
            self._fetch_title(game_id)

    def _fetch_title(self, game_id: GameId) -> None:
        def save(info: GameInfo | None) -> bool:
            titled = [info] if info else []
            without_title = [] if info and info.title else [game_id]
            with_retries(self.clock, lambda: self.titles.save_titles(titled, without_title, self.clock.now()))
            return True

        self.fetcher.fetch(_title(game_id), lambda: self.source.game(game_id), save)


def _title(game_id: GameId) -> str:
    return f"the title of game {game_id}"


def _console(console: int) -> str:
    return f"the games of console {console}"
