"""Write sum checks and searches."""

from collections.abc import Mapping
from datetime import datetime

from syncer.core.model.consistency import NO_POINTS, Points
from syncer.core.model.job import JobKind
from syncer.core.model.player import Player, Target
from syncer.core.model.polling import CheckDecision, Search, SumStatus
from syncer.core.model.progress import GameId
from syncer.core.polling.search import format_search
from syncer.core.sync.reconcile import active
from syncer.store.db.engine import Database
from syncer.store.read import polling, search
from syncer.store.read.base import read_targets
from syncer.store.read.sum_checks import SNAPSHOTS

from .jobs import save_job
from .sum_checks import save_check


class PollingWriter:
    """The core's PollingStore in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def targets(self, player: Player) -> list[Target]:
        """Return the active targets as they are now."""
        with self._database.reading() as tx:
            return active(read_targets(tx, player.id))

    def observations(self, player: Player, since: datetime) -> Mapping[GameId, tuple[int, float]]:
        """Return how many changes of each followed game were stored since then, and in how many days."""
        with self._database.reading() as tx:
            return polling.observations(tx, player.id, since)

    def sum_status(self, player: Player, at: datetime, *, with_unlocks: bool) -> SumStatus:
        """Return what a comparison of the sums needs."""
        with self._database.reading() as tx:
            return polling.sum_status(tx, player.id, at, with_unlocks=with_unlocks)

    def save_comparison(self, player: Player, decision: CheckDecision, at: datetime) -> None:
        """Store a comparison, when the sums are requested again, and the search that is under way."""
        going_on = decision.search
        with self._database.writing() as tx:
            if decision.check:
                save_check(tx, player.id, SNAPSHOTS, decision.check)
            save_job(tx, player.id, JobKind.CHECK, next_at=decision.next_at)
            cursor = format_search(going_on) if going_on else None
            begun = {"last_at": going_on.begun_at} if going_on else {}
            save_job(tx, player.id, JobKind.SEARCH, cursor=cursor, **begun)

    def save_search(self, player: Player, state: Search) -> None:
        """Store how far a search has come."""
        with self._database.writing() as tx:
            save_job(tx, player.id, JobKind.SEARCH, cursor=format_search(state))

    def count_search(self, player: Player, spent: int, until: datetime) -> None:
        """Store how many requests searches have sent in the day that ends then."""
        with self._database.writing() as tx:
            save_job(tx, player.id, JobKind.SEARCH, pending=spent, next_at=until)

    def begin_lists(self, player: Player, state: Search, at: datetime) -> None:
        """Store a search that begins to read the lists of consoles."""
        with self._database.writing() as tx:
            save_job(tx, player.id, JobKind.SEARCH, cursor=format_search(state))
            save_job(tx, player.id, JobKind.CONSOLE_SEARCH, last_at=at)

    def end_search(self, player: Player, state: Search, next_check_at: datetime) -> None:
        """Store a search that has polled everything, and when the sums are compared after it."""
        with self._database.writing() as tx:
            save_job(tx, player.id, JobKind.SEARCH, cursor=format_search(state))
            save_job(tx, player.id, JobKind.CHECK, next_at=next_check_at)

    def suspects(self, player: Player, difference: Points) -> list[GameId]:
        """Return the followed games that may explain a difference of the points by themselves."""
        with self._database.reading() as tx:
            lost = [] if _is_rise(difference) else search.games_of(tx, player.id, NO_POINTS.minus(difference))
            return list(dict.fromkeys([*search.unlocks_differ(tx, player.id), *lost]))

    def games_with(self, player: Player, points: Points) -> set[GameId]:
        """Return the followed games that have at least so many points in both modes."""
        with self._database.reading() as tx:
            return set(search.games_with(tx, player.id, points))

    def consoles(self, player: Player) -> list[int]:
        """Return the consoles of followed games, those first with most games that have an unlock."""
        with self._database.reading() as tx:
            return search.search_consoles(tx, player.id)

    def possible_numbers(self, player: Player, console_id: int) -> Mapping[GameId, tuple[int, int]]:
        """Return how many achievements each followed game of a console has, and points, by its snapshot."""
        with self._database.reading() as tx:
            return search.possible_numbers(tx, player.id, console_id)


def _is_rise(difference: Points) -> bool:
    return difference.hardcore > 0 or difference.softcore > 0
