"""The backfill of one run: the player's library, unlocks and titles.

A failure here does not affect the polling of progress: it is reported as a warning, and a later run tries
again.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from syncer.core.clock import Clock
from syncer.core.errors import ApiError, Deferred, PlayerNotFound, SiteUnavailable, Unauthorized
from syncer.core.events import BackfillProgress, EventHandler, WarningRaised
from syncer.core.library_ports import LibraryStore, TitleStore
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import ProgressSource, TrackedPlayer
from syncer.core.store_retry import with_retries

from .backoff import Backoff
from .consistency import NextReadings, compare_sums, next_readings
from .item_fetcher import ItemFetcher
from .listing import fetch_complete_library, iter_pages
from .restoration import DECIDED_AFTER
from .titles import MAX_TITLE_REQUESTS, TITLES, TITLES_CHECKED_EVERY, TitleFetcher
from .unlocks import UNLOCKS, UnlockFetcher, playtime_item
from .unreadable import LISTING_ENDPOINT, LISTING_UNREADABLE, UnreadableRows
from .windows import MAX_GAMES_PER_RUN, unlocks_due, whole_listing_due

LIBRARY = "the played games"
UNLOCK_LIST = "all unlocks"
PLAYTIME = "the playtime of games"
PLAYTIME_READ_WITHIN = timedelta(days=7)  # after a session; then only with other answers about the game
MAX_PLAYTIMES_PER_RUN, MAX_GAMES_TO_TIME = 2, 20


class Backfill:
    """The backfill of one player during one run. `backoff` is kept from run to run."""

    def __init__(
        self,
        tracked: TrackedPlayer,
        source: ProgressSource,
        library: LibraryStore,
        titles: TitleStore,
        clock: Clock,
        announce: EventHandler,
        backoff: Backoff,
    ) -> None:
        self.tracked, self.source = tracked, source
        self.library, self.titles_store = library, titles
        self.clock, self.announce, self.backoff = clock, announce, backoff
        self.fetcher = ItemFetcher(tracked.label, clock, announce, backoff, tracked.schedule.interval)
        self.unreadable = UnreadableRows(tracked.label, library.unreadable_rows, clock, announce)
        self.listing_error: ApiError | None = None  # it had rows, and none could be read
        self.unlocks = UnlockFetcher(tracked, source, library, clock, announce, self.fetcher, self.unreadable)

    def sync_library(self, player: Player) -> bool:
        """Store the awards of the listing, and follow its games if wanted. Return whether it was read."""
        whole = whole_listing_due(self.tracked, player, self.clock.now())
        read = self._follow_library if whole else self._store_awards
        return self.isolate_failures(LIBRARY, lambda: read(player))

    def _store_awards(self, player: Player) -> None:
        """Read one page, the games played last: an older award rarely changes."""
        page = next(iter_pages(self.source, player.ulid, self.clock.now()))
        self.unreadable.record(player, LISTING_ENDPOINT, LIBRARY, page.unreadable, is_complete=False)
        at = self.clock.now()
        with_retries(self.clock, lambda: self.library.save_library(player, page.games, False, at))

    def _follow_library(self, player: Player) -> None:
        now = self.clock.now()
        played, unreadable = fetch_complete_library(self.source, player.ulid, now, self._report_games)
        self.unreadable.record(player, LISTING_ENDPOINT, LIBRARY, unreadable)
        if unreadable and not played:
            self.listing_error = SiteUnavailable(LISTING_UNREADABLE, raw=unreadable[0].raw)
            raise self.listing_error
        at = self.clock.now()
        if played:
            with_retries(self.clock, lambda: self.library.save_library(player, played, True, at))
        else:
            # A player who has played nothing, or a wrong answer: neither is stored. The next run asks again,
            # but not a run that starts before it.
            self.backoff.defer_until(LIBRARY, at + self.tracked.schedule.interval * 0.9)

    def _report_games(self, count: int, total: int | None) -> None:
        self.announce(BackfillProgress(self.tracked.label, "played games", count, total))

    def sync_unlocks(self, player: Player, *, changed: bool, resumed: bool) -> bool:
        """Read all unlocks since the last known one. Return whether all were read.

        `changed`: this run saw a number change. `resumed`: the run before was interrupted.
        """
        changed = changed or self.backoff.failure_count(UNLOCKS) > 0  # what failed is read by a later run
        if not unlocks_due(player, self.tracked, self.clock.now(), changed=changed):
            return False
        read = self.isolate_failures(UNLOCKS, lambda: self.unlocks.fetch_windows(player, resumed))
        if read:
            self.isolate_failures("unlocks of a window", lambda: self.unlocks.reread_windows(player))
        return read

    def repair_mismatches(self, player: Player) -> bool:
        """Read again what differs from the numbers of games, or of the account. Return whether more is left.

        All unlocks are read in parts, over several runs; where that fails, single games go on.
        """
        chosen = self._next_readings(player)
        if chosen.list_reading and self.isolate_failures(
            UNLOCK_LIST, partial(self.unlocks.read_list, player, chosen.list_reading)
        ):
            return True
        games = self.unlocks.readable_games(chosen.games)
        self.isolate_failures(
            "unlocks of a game", lambda: self.unlocks.fetch_games(player, games[:MAX_GAMES_PER_RUN])
        )
        return len(games) > MAX_GAMES_PER_RUN

    def _next_readings(self, player: Player) -> NextReadings:
        """Compare the unlocks with the account's totals, and return what is read again for that."""
        now, store = self.clock.now(), self.library.consistency
        status = store.status(player, now)
        check = compare_sums(status)
        if check:
            with_retries(self.clock, lambda: store.save_check(player, check))
        chosen = next_readings(status, check, now)
        reading = chosen.list_reading
        if reading and chosen.is_new:
            with_retries(self.clock, lambda: store.begin_list_reading(player, reading, now))
        return chosen

    def confirm_rises(self, player: Player) -> None:
        """Read some games whose rises are not decided; those that stay unreadable for long go by numbers."""
        games = self.library.unconfirmed_games(player)
        chosen = [game.game_id for game in games if not self.unlocks.is_backing_off(game.game_id)]
        chosen = chosen[:MAX_GAMES_PER_RUN]
        if chosen:
            self.isolate_failures("unlocks of a game", lambda: self.unlocks.fetch_games(player, chosen))
            games = self.library.unconfirmed_games(player)
        now = self.clock.now()
        failed = [g for g in games if g.game_id in chosen or self.unlocks.is_backing_off(g.game_id)]
        self._decide_by_numbers(player, [g.game_id for g in failed if now - g.since >= DECIDED_AFTER])

    def decide_rises(self, player: Player) -> None:
        """Decide all rises by the numbers: no unlocks are read for this player."""
        self._decide_by_numbers(player, [game.game_id for game in self.library.unconfirmed_games(player)])

    def _decide_by_numbers(self, player: Player, games: Sequence[GameId]) -> None:
        at = self.clock.now()
        if games:
            with_retries(self.clock, lambda: self.library.decide_by_numbers(player, games, at))

    def read_playtime(self, player: Player) -> None:
        """Read how long some games were played in all, each once after a session ended."""
        if not self.tracked.sessions:
            return
        since = self.clock.now() - PLAYTIME_READ_WITHIN
        games = self.library.games_to_time(player, since, MAX_GAMES_TO_TIME)
        waiting = [g for g in games if not self.fetcher.is_backing_off(playtime_item(g))]
        for game_id in waiting[:MAX_PLAYTIMES_PER_RUN]:
            self.isolate_failures(PLAYTIME, partial(self.unlocks.fetch_playtime, player, game_id))

    def fetch_titles(self, player: Player) -> bool:
        """Fetch some of the missing titles. Return whether the requests succeeded."""
        titles = TitleFetcher(player, self.source, self.titles_store, self.fetcher, self.unreadable)

        def fetch() -> None:
            titles.fetch_some()
            if titles.requests_left == MAX_TITLE_REQUESTS:  # none is missing: thousands need no look each run
                self.backoff.defer_until(TITLES, self.clock.now() + TITLES_CHECKED_EVERY)

        return self.isolate_failures(TITLES, fetch)

    def isolate_failures(self, item: str, backfill: Callable[[], object]) -> bool:
        """Report a failure as a warning and lengthen the item's backoff; return whether there was none.

        Raises what ends the whole run: a refused key, a budget that is used up, or a player who is gone.
        """
        if self.fetcher.is_backing_off(item):
            return False
        try:
            backfill()
        except (Unauthorized, Deferred, PlayerNotFound):
            raise
        except ApiError as error:
            self.announce(WarningRaised(self.tracked.label, f"{item} were not read: {error.message}"))
            self.fetcher.record_failure(item)
            return False
        if not self.fetcher.is_backing_off(item):  # else `backfill` has asked for a pause
            self.backoff.reset(item)
        return True
