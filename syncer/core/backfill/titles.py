"""What games are called, where nothing told it: a few a run, or by whole consoles where that is cheaper."""

from collections.abc import Sequence
from datetime import timedelta

from syncer.core.clock import Clock
from syncer.core.model.library import ConsoleFacts, GameFacts, GameList
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import Source, Store
from syncer.core.store_retry import persist

from .item_fetcher import Attempts

NAMES_A_RUN = 5  # requests that one run spends on titles
CONSOLES = 60  # about so many there are, before anybody asked
LISTED_AGAIN = timedelta(days=30)  # a console gains games; those that are left are asked for one by one


def title_requests(nameless: int, unlisted: int | None) -> int:
    """How many requests the next run spends on titles. Null `unlisted`: no console is known."""
    if not by_console(nameless, unlisted):
        return min(nameless, NAMES_A_RUN)
    return NAMES_A_RUN if unlisted is None else min(unlisted, NAMES_A_RUN)


def by_console(nameless: int, unlisted: int | None) -> bool:
    """Whether the lists of all consoles cost fewer requests than each game."""
    left = CONSOLES + 1 if unlisted is None else unlisted
    return 0 < left < nameless


class Naming:
    """Of one player's games, during one run."""

    def __init__(self, source: Source, store: Store, clock: Clock, attempts: Attempts) -> None:
        self.source, self.store, self.clock, self.attempts = source, store, clock, attempts

    def name_some(self, player: Player) -> None:
        nameless = [g for g in self.store.nameless(player) if not self.attempts.resting(_title(g))]
        if not nameless:
            return
        unlisted = self._unlisted()
        if unlisted is None and self.attempts.resting("the consoles"):
            unlisted = []
        if by_console(len(nameless), None if unlisted is None else len(unlisted)):
            self._by_console(unlisted, nameless)
        else:
            self._one_by_one(nameless[:NAMES_A_RUN])

    def _unlisted(self) -> list[int] | None:
        found = self.store.unlisted(self.clock.now() - LISTED_AGAIN)
        return None if found is None else [c for c in found if not self.attempts.resting(_console(c))]

    def _by_console(self, unlisted: list[int] | None, nameless: Sequence[GameId]) -> None:
        room = NAMES_A_RUN
        if unlisted is None:
            room -= 1
            self._meet_consoles()
        consoles = (self._unlisted() or [])[:room]
        listed = [self._list(console) for console in consoles]
        if not any(listed):
            self._one_by_one(nameless[: room - len(consoles)])

    def _meet_consoles(self) -> None:
        def keep(consoles: Sequence[ConsoleFacts]) -> bool:
            persist(self.clock, lambda: self.store.met_consoles(consoles))
            return self._unlisted() is not None  # else there was none in it

        self.attempts.at("the consoles", self.source.console_ids, keep)

    def _list(self, console: int) -> bool:
        def keep(listed: GameList) -> bool:
            persist(self.clock, lambda: self.store.listed(console, listed.games, self.clock.now()))
            return True

        return self.attempts.at(_console(console), lambda: self.source.game_list(console), keep)

    def _one_by_one(self, nameless: Sequence[GameId]) -> None:
        for game_id in nameless:
            self._ask(game_id)

    def _ask(self, game_id: GameId) -> None:
        def keep(fact: GameFacts | None) -> bool:
            facts, none = ([fact], []) if fact else ([], [game_id])
            persist(self.clock, lambda: self.store.named(facts, none, self.clock.now()))
            return True

        self.attempts.at(_title(game_id), lambda: self.source.game(game_id), keep)


def _title(game_id: GameId) -> str:
    return f"the title of game {game_id}"


def _console(console: int) -> str:
    return f"the games of console {console}"
