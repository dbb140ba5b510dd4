"""What games are called, where nothing told it: a few a run, or by whole consoles where that is cheaper."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from .clock import Clock
from .errors import BatchFailure
from .history import GameFacts
from .memory import persist
from .model import GameId, Player
from .ports import Source, Store

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

    def __init__(self, source: Source, store: Store, clock: Clock) -> None:
        self.source, self.store, self.clock = source, store, clock

    def name_some(self, player: Player) -> None:
        nameless = self.store.nameless(player)
        if not nameless:
            return
        before = self.clock.now() - LISTED_AGAIN
        unlisted = self.store.unlisted(before)
        if by_console(len(nameless), None if unlisted is None else len(unlisted)):
            self._by_console(unlisted, before)
        else:
            self._one_by_one(nameless[:NAMES_A_RUN])

    def _by_console(self, unlisted: list[int] | None, before: datetime) -> None:
        room = NAMES_A_RUN
        if unlisted is None:
            room -= 1
            consoles = self.source.console_ids()
            persist(self.clock, lambda: self.store.met_consoles(consoles))
            unlisted = self.store.unlisted(before) or []
        for console in unlisted[:room]:
            self._list(console)

    def _list(self, console: int) -> None:
        found = self.source.game_list(console).games
        persist(self.clock, lambda: self.store.listed(console, found, self.clock.now()))

    def _one_by_one(self, nameless: Sequence[GameId]) -> None:
        found = {game_id: self._ask(game_id) for game_id in nameless}
        facts = [fact for fact in found.values() if fact]
        none = [game_id for game_id, fact in found.items() if not fact]
        persist(self.clock, lambda: self.store.named(facts, none, self.clock.now()))

    def _ask(self, game_id: GameId) -> GameFacts | None:
        """A game that cannot be answered keeps no other one waiting for its name."""
        try:
            return self.source.game(game_id)
        except BatchFailure:
            return None
