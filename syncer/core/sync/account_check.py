"""Compare the account's points with our sums, and search for the game behind a difference."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from syncer.core.errors import REQUEST_FAILURES
from syncer.core.events import EventHandler, WarningRaised
from syncer.core.model.account import RankAndScore
from syncer.core.model.consistency import NO_POINTS, Points
from syncer.core.model.library import GameList
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.player import Player
from syncer.core.model.polling import CheckDecision, Search, SumStatus
from syncer.core.model.progress import GameId
from syncer.core.polling.check import RECHECK_AFTER, decide_check
from syncer.core.polling.search import (
    REQUESTS_PER_DAY,
    batches_with,
    choose_consoles,
    end_of_day,
    is_exhausted,
    revised_games,
    spent_today,
    unsearched,
)
from syncer.core.polling.sweep import SweepTarget, oldest, sweep_targets
from syncer.core.ports import PollingStore, TrackedPlayer
from syncer.core.site_clock import SiteClock
from syncer.core.store_retry import with_retries

MAX_SEARCH_REQUESTS = 60  # of one run: a search of 10,000 games takes two or three runs
LONGEST = timedelta(days=36500)  # a search polls every target, whatever its promise
MAX_FAILED_LISTS = 2  # in a row; then the search does without lists

Poll = Callable[[Sequence[GameId]], object]
KeepList = Callable[[int, GameList], object]


class SumSource(Protocol):
    """What the check requests itself. Each call may raise any ApiError, or Cancelled."""

    @property
    def requests(self) -> int:
        """Attempts that were sent so far."""

    def rank_and_score(self, username: str, *, with_rank: bool = True) -> RankAndScore: ...
    def game_list(self, console_id: int) -> GameList: ...


class AccountCheck:
    """The sum check and the search of one player, during one run.

    `poll` requests and stores the progress of these games; `size` is how many go into one request.
    `keep_list` gets the list of each console that was read.
    """

    def __init__(
        self,
        tracked: TrackedPlayer,
        source: SumSource,
        store: PollingStore,
        clock: SiteClock,
        announce: EventHandler,
        poll: Poll,
        size: int,
        keep_list: KeepList = lambda console, games: None,
    ) -> None:
        self.tracked, self.source, self.store, self.clock = tracked, source, store, clock
        self.announce, self.poll, self.size, self.keep_list = announce, poll, size, keep_list
        self._site: Points | None = None
        self._tried: set[GameId] = set()
        self._latest: SumStatus | None = None  # the sums since the last poll
        self._failed_lists = 0
        self._healthy: list[SweepTarget] | None = None
        self._having: tuple[Points, set[GameId]] | None = None

    def compare(self, player: Player, site: AccountSums, at: datetime) -> CheckDecision:
        """Compare the points that the site just returned with our sums; store what follows from it."""
        self._site = Points(site.hardcore, site.softcore)
        decision = self._decide(player, self._site, at)
        with_retries(self.clock, lambda: self.store.save_comparison(player, decision, at))
        return decision

    def search(self, player: Player, limit: int = MAX_SEARCH_REQUESTS) -> int:
        """Go on with the search that is under way; return how many requests that took. Raises ApiError."""
        before, status = self.source.requests, self._status(player)
        search, spent = status.search, spent_today(status, begun := self.clock.now())
        if search is None or status.is_blocked or not status.is_complete:
            return 0
        limit = min(limit, REQUESTS_PER_DAY - spent)
        if not _goes_on(search, limit):
            return 0
        fruitless = 0
        try:
            fruitless = self._search(player, search, before, limit)
        finally:
            counted = max(0, spent + self.source.requests - before - fruitless)
            with_retries(self.clock, lambda: self.store.count_search(player, counted, end_of_day(begun)))
        return self.source.requests - before

    def _search(self, player: Player, search: Search | None, before: int, limit: int) -> int:
        """Do the next steps; return how many polls a search took that has found nothing."""
        site, compared = self._site or self._request_points(player), -1  # after how many polls
        while search and _goes_on(search, limit - (self.source.requests - before)):
            search = self._next_step(player, search, site)
            if not search.is_done and len(self._tried) != compared:  # else our sums are as before
                search = self._end_if_explained(player, site, search)
            compared = len(self._tried)
        return search.batches if search and search.is_done else 0

    def _status(self, player: Player) -> SumStatus:
        with_unlocks = self.tracked.unlocks and not self.tracked.played
        self._latest = self.store.sum_status(player, self.clock.now(), with_unlocks=with_unlocks)
        return self._latest

    def _decide(self, player: Player, site: Points, at: datetime) -> CheckDecision:
        return decide_check(self._status(player), site, at, follows_all=self.tracked.played)

    def _request_points(self, player: Player) -> Points:
        found = self.source.rank_and_score(player.ulid, with_rank=False).sums
        return Points(found.hardcore, found.softcore)

    def _end_if_explained(self, player: Player, site: Points, search: Search) -> Search | None:
        """Return the search; None: what it has polled explains the points, and it is over."""
        now = self.clock.now()
        decision = self._decide(player, site, now)
        if decision.differs:
            return search
        with_retries(self.clock, lambda: self.store.save_comparison(player, decision, now))
        return None

    def _unexplained(self, player: Player, site: Points) -> Points:
        """Return the difference without what is known of it."""
        status = self._latest or self._status(player)
        return site.minus(status.ours).minus(status.history.residual or NO_POINTS)

    def _next_step(self, player: Player, search: Search, site: Points) -> Search:
        """Send the next requests of the search, and store how far it has come."""
        if search.consoles is None:
            return self._begin(player, search, self._unexplained(player, site))
        if search.consoles:
            return self._search_console(player, search)
        return self._search_games(player, search, self._unexplained(player, site))

    # Lists of consoles

    def _begin(self, player: Player, search: Search, difference: Points) -> Search:
        """Poll the games that may explain the difference by themselves; then choose the lists to read."""
        suspects = [] if self._tried else self.store.suspects(player, difference)[: self.size]
        for batch in batches_with(suspects, self._left(player, search), self.size):
            self._poll(batch)
        return search if suspects else self._begin_lists(player, search, difference)

    def _begin_lists(self, player: Player, search: Search, difference: Points) -> Search:
        store, now, left = self.store, self.clock.now(), self._left(player, search)
        batches = -(-len(self._likely(player, left, difference)) // self.size)
        read_at = (self._latest or self._status(player)).lists_read_at
        chosen = choose_consoles(search, store.consoles(player), batches, read_at, now)
        if chosen.consoles:
            with_retries(self.clock, lambda: store.begin_lists(player, chosen, now))
        else:
            self._save(player, chosen)
        return chosen

    def _search_console(self, player: Player, search: Search) -> Search:
        """Poll the games of the next console whose possible counts changed."""
        console, *others = search.consoles or ()
        answer = self._request_list(console)
        if self._failed_lists >= MAX_FAILED_LISTS:
            others = []
        revised = revised_games(answer, self.store.possible_numbers(player, console)) if answer else []
        if revised:
            for batch in batches_with(revised, self._left(player, search), self.size):
                self._poll(batch)
        return self._save(player, replace(search, consoles=tuple(others)))

    def _request_list(self, console: int) -> GameList | None:
        try:
            answer = self.source.game_list(console)
        except REQUEST_FAILURES as failure:  # if the site is at fault, the polls that follow show it
            self._failed_lists += 1
            what = f"the games of console {console} could not be read: {failure.message}"
            self.announce(WarningRaised(self.tracked.label, what))
            return None
        self._failed_lists = 0
        self.keep_list(console, answer)
        return answer

    # All games

    def _search_games(self, player: Player, search: Search, difference: Points) -> Search:
        """Poll the next batch of games that were not polled since the search began.

        Points that fell are missing in a game that has as many: those come first.
        """
        targets = self._targets(player)
        left = unsearched(search, targets, self._tried)
        if is_exhausted(search, len(targets), len(left), self.size):
            return self._end(player, search)
        self._poll(oldest(self._likely(player, left, difference), self.size))
        return self._save(player, replace(search, batches=search.batches + 1))

    def _likely(self, player: Player, left: list[SweepTarget], difference: Points) -> list[SweepTarget]:
        """Return the targets that may explain the difference alone, or all that are left."""
        having = self._games_with_what_fell(player, difference)
        return [target for target in left if having and target.game_id in having] or left

    def _games_with_what_fell(self, player: Player, difference: Points) -> set[GameId] | None:
        """Return the games that have the points that are missing; None: some points rose."""
        lost = NO_POINTS.minus(difference)
        if min(lost.hardcore, lost.softcore) < 0:
            return None
        if self._having is None or self._having[0] != lost:
            self._having = lost, self.store.games_with(player, lost)
        return self._having[1]

    def _end(self, player: Player, search: Search) -> Search:
        """Store that all was polled; the comparison that follows shows what is left."""
        ended = replace(search, is_done=True)
        next_check_at = self.clock.now() + RECHECK_AFTER
        with_retries(self.clock, lambda: self.store.end_search(player, ended, next_check_at))
        return ended

    def _left(self, player: Player, search: Search) -> list[SweepTarget]:
        return unsearched(search, self._targets(player), self._tried)

    def _targets(self, player: Player) -> list[SweepTarget]:
        """Return the healthy targets that the sums count, read once: `_tried` has what was polled since."""
        if self._healthy is None:
            counted = [target for target in self.store.targets(player) if not target.is_event]
            self._healthy = sweep_targets(counted, {}, 0.0, LONGEST)
        return self._healthy

    def _poll(self, games: Sequence[GameId]) -> None:
        self._tried.update(games)
        self._latest = None
        self.poll(games)

    def _save(self, player: Player, search: Search) -> Search:
        with_retries(self.clock, lambda: self.store.save_search(player, search))
        return search


def _goes_on(search: Search, left: int) -> bool:
    """Return whether a search polls more. `left`: requests; the first games need none."""
    return not search.is_done and (left > 0 or search.consoles is None)
