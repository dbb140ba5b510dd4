"""Fetching missing and outdated titles: a few per run, or the lists of consoles where these cost less."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

from syncer.core.library_ports import TitleStore
from syncer.core.model.library import ConsoleList, GameInfo, GameList, GameTitle
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import ProgressSource
from syncer.core.store_retry import with_retries

from .item_fetcher import ItemFetcher
from .unreadable import CONSOLES_ENDPOINT, GAME_LIST_ENDPOINT, UnreadableRows

MAX_TITLE_REQUESTS = 5  # requests that one run spends on titles
EXPECTED_CONSOLES = 60  # the assumption until the consoles are known
# The listing and each unlock show titles. Others are read again, a few per run, so that none is a month old.
TITLE_TTL = timedelta(days=25)
CONSOLE_LIST_TTL = TITLE_TTL  # games that a console gains meanwhile are requested one by one
CONSOLES, TITLES = "the consoles", "titles"
TITLES_CHECKED_EVERY = timedelta(hours=1)  # once none is missing: answers about new games name them


def title_requests(untitled: int, outdated: int | None) -> int:
    """Return how many requests the next run spends on titles. `outdated` is None: no console is known."""
    if not use_console_lists(untitled, outdated):
        return min(untitled, MAX_TITLE_REQUESTS)
    return MAX_TITLE_REQUESTS if outdated is None else min(outdated, MAX_TITLE_REQUESTS)


def use_console_lists(untitled: int, outdated: int | None) -> bool:
    """Return whether the lists of all consoles cost fewer requests than single games."""
    lists = EXPECTED_CONSOLES + 1 if outdated is None else outdated
    return 0 < lists < untitled


def consoles_to_list(outdated_titles: Sequence[GameTitle], outdated: Collection[int] | None) -> list[int]:
    """Return the consoles whose lists cost fewer requests than their games. None: no console is known."""
    games = Counter(title.console_id for title in outdated_titles)
    found = sorted(console for console, count in games.items() if console is not None and count > 1)
    if outdated is not None:
        return [console for console in found if console in outdated]
    spared = sum(games[console] - 1 for console in found)
    return found if spared > 1 else []  # one request is for the consoles


def refresh_requests(outdated_titles: Sequence[GameTitle], outdated: Collection[int] | None) -> int:
    """Return how many requests read all outdated titles again."""
    lists = consoles_to_list(outdated_titles, outdated)
    single = sum(title.console_id not in lists for title in outdated_titles)
    return len(lists) + single + int(outdated is None and bool(lists))


class TitleFetcher:
    """The missing and outdated titles of one player's games during one run."""

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
        self.requests_left = MAX_TITLE_REQUESTS

    def fetch_some(self) -> None:
        """Fetch missing titles, then outdated ones; MAX_TITLE_REQUESTS requests at most. Raises ApiError."""
        titles = self._titles()
        if untitled := [title.game_id for title in titles if title.read_at is None]:
            self._fetch_missing(untitled)
            titles = self._titles()  # the list of a console has titles of other games, too
        if self.requests_left and (outdated := [title for title in titles if title.read_at]):
            self._refresh(outdated)

    def _titles(self) -> list[GameTitle]:
        found = self.titles.outdated_titles(self.player, self.clock.now() - TITLE_TTL)
        return [title for title in found if not self.fetcher.is_backing_off(_title(title.game_id))]

    def _outdated_consoles(self) -> list[int] | None:
        """Return the consoles whose list may be requested. None: the consoles are to be requested first."""
        found = self.titles.outdated_consoles(self.clock.now() - CONSOLE_LIST_TTL)
        if found is None:
            return [] if self.fetcher.is_backing_off(CONSOLES) else None
        return [console for console in found if not self.fetcher.is_backing_off(_console(console))]

    def _fetch_missing(self, untitled: Sequence[GameId]) -> None:
        outdated = self._outdated_consoles()
        if use_console_lists(len(untitled), None if outdated is None else len(outdated)):
            self._fetch_console_lists(outdated, untitled)
        else:
            self._fetch_single(untitled)

    def _refresh(self, titles: Sequence[GameTitle]) -> None:
        """Read titles again, those first that were read longest ago."""
        outdated = self._outdated_consoles()
        if outdated is None and consoles_to_list(titles, None):
            self._fetch_consoles()
            outdated = self._outdated_consoles()
        lists = consoles_to_list(titles, outdated or ())
        self._fetch_lists(lists)
        self._fetch_single([title.game_id for title in titles if title.console_id not in lists])

    def _fetch_console_lists(self, outdated: list[int] | None, untitled: Sequence[GameId]) -> None:
        if outdated is None:
            self._fetch_consoles()
        if not self._fetch_lists(self._outdated_consoles() or []):
            self._fetch_single(untitled)

    def _fetch_lists(self, consoles: Sequence[int]) -> bool:
        """Fetch the lists of as many consoles as may be; return whether one succeeded."""
        return any([self._fetch_console(console) for console in consoles[: self.requests_left]])

    def _fetch_consoles(self) -> None:
        self.requests_left -= 1

        def save(answer: ConsoleList) -> bool:
            self.unreadable.record(self.player, CONSOLES_ENDPOINT, CONSOLES, answer.unreadable)
            with_retries(self.clock, lambda: self.titles.save_consoles(answer.consoles))
            return self._outdated_consoles() is not None  # None: the answer had no console

        self.fetcher.fetch(CONSOLES, self.source.console_ids, save)

    def _fetch_console(self, console: int) -> bool:
        self.requests_left -= 1

        def save(answer: GameList) -> bool:
            subject = f"console {console}"
            self.unreadable.record(self.player, GAME_LIST_ENDPOINT, subject, answer.unreadable)
            with_retries(
                self.clock, lambda: self.titles.save_console_games(console, answer.games, self.clock.now())
            )
            return True

        return self.fetcher.fetch(_console(console), lambda: self.source.game_list(console), save)

    def _fetch_single(self, games: Sequence[GameId]) -> None:
        for game_id in games[: self.requests_left]:
            self._fetch_title(game_id)

    def _fetch_title(self, game_id: GameId) -> None:
        self.requests_left -= 1

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
