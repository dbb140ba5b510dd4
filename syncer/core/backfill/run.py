"""What a run learns besides progress: which games were played, their titles, and the unlocks.

The site's failure here spoils no look at progress: it is warned of, and asked again at the next run.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from syncer.core.clock import Clock
from syncer.core.errors import ApiError, Deferred, SiteUnavailable, Unauthorized
from syncer.core.events import BackfillProgress, EventHandler, WarningRaised
from syncer.core.formats.text import pluralize
from syncer.core.model.library import (
    MAX_PLAYED_PER_PAGE,
    CompletionPage,
    GameUnlocks,
    PlayedGame,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.ports import LibraryStore, ProgressSource, TrackedPlayer
from syncer.core.store_retry import with_retries

from .backoff import Backoff
from .item_fetcher import ItemFetcher
from .titles import TitleFetcher
from .windows import (
    MAX_GAMES_PER_RUN,
    classify_game_unlocks,
    classify_unlocks,
    complete_listing,
    covered_window,
    library_sync_due,
    page_count,
    unlocks_due,
    window_start,
)

MAX_LISTING_READS = 3  # how often a listing that moves while it is read is read again
PLAYED, UNLOCKS = "the played games", "the unlocks"
ABSENCE_THRESHOLD = timedelta(days=2)  # since the unlocks were last read: then there should be some
MAX_EMPTY_ANSWERS = 3  # how often an empty answer is not believed, where there may be nothing to tell
MAX_PAGES = 100  # of a listing; the site has fewer than 50,000 games


def iter_pages(source: ProgressSource, user: str) -> Iterator[CompletionPage]:
    """Of the played games, each as it comes, up to an empty one. Raises ApiError."""
    first = source.completion_progress(user, 0, MAX_PLAYED_PER_PAGE)
    if page_count(first.total) > MAX_PAGES:
        raise SiteUnavailable(f"a listing of {first.total:,} games cannot be right")
    yield first
    for number in range(1, page_count(first.total)):
        page = source.completion_progress(user, number * MAX_PLAYED_PER_PAGE, MAX_PLAYED_PER_PAGE)
        yield page
        if not page.games and not page.unreadable:
            return


def fetch_library(source: ProgressSource, user: str) -> list[PlayedGame]:
    """All played games, read once; where they moved meanwhile, one may be missing. Raises ApiError."""
    return list({game.game_id: game for page in iter_pages(source, user) for game in page.games}.values())


class Backfill:
    """One player's, during one run. `backoff` is kept from run to run."""

    def __init__(
        self,
        who: TrackedPlayer,
        source: ProgressSource,
        library: LibraryStore,
        clock: Clock,
        announce: EventHandler,
        backoff: Backoff,
    ) -> None:
        self.tracked, self.source, self.library, self.clock, self.announce = (
            who,
            source,
            library,
            clock,
            announce,
        )
        self.seconds = int(who.schedule.interval.total_seconds())
        self.backoff = backoff
        self.fetcher = ItemFetcher(who.label, clock, announce, backoff, who.schedule.interval)

    def sync_library(self, player: Player) -> bool:
        """Follow all games of the listing, once a day; whether it was read."""
        if not self.tracked.played or not library_sync_due(player, self.clock.now()):
            return False
        return self._isolate_failures(PLAYED, lambda: self._sync_listing(player))

    def _sync_listing(self, player: Player) -> None:
        walks = (complete_listing(self._pages(player)) for _ in range(MAX_LISTING_READS))
        played = next((games for games in walks if games is not None), None)
        if played is None:
            raise SiteUnavailable("the listing moved while it was read")
        at = self.clock.now()
        if played:
            with_retries(self.clock, lambda: self.library.save_library(player, played, self.seconds, at))
        else:  # nothing yet, or nothing told: asked again, but not before the next run
            self.backoff.defer_until(PLAYED, at + self.tracked.schedule.interval * 0.9)

    def _pages(self, player: Player) -> list[CompletionPage]:
        pages: list[CompletionPage] = []
        for page in iter_pages(self.source, player.ulid):
            pages.append(page)
            self.announce(
                BackfillProgress(self.tracked.label, "played games", sum(len(p.games) for p in pages))
            )
        return pages

    def unlocks(self, player: Player, *, changed: bool, resumed: bool) -> bool:
        """Every unlock since the last one that is known; whether they were all told.

        `changed`: this run saw other numbers than before. `resumed`: the reading before was cut short.
        """
        if not unlocks_due(player, self.clock.now(), played=self.tracked.played, changed=changed):
            return False
        return self._isolate_failures(UNLOCKS, lambda: self._fetch_unlocks(player, resumed))

    def _fetch_unlocks(self, player: Player, resumed: bool) -> None:
        """Page by page; each is stored with how far it reaches, so that no page is asked for twice."""
        known, until = player.unlocks_synced_until, self.clock.now().replace(microsecond=0)
        begin: datetime | None = min(window_start(known, until, resumed), until)
        total, must_tell = 0, self._expects_unlocks(player, until, resumed)
        while begin is not None and begin <= until:
            answer = self.source.achievements_earned_between(player.ulid, begin, until)
            if must_tell and not answer.rows and not answer.unreadable:
                raise SiteUnavailable("an empty answer, though there are unlocks")
            covered = covered_window(answer, begin, until)
            total += self._store(player, answer, covered)
            self._report(answer, total)
            begin, must_tell = (
                covered.next,
                not covered.is_truncated,
            )  # it begins with rows that were told just now

    def _expects_unlocks(self, player: Player, until: datetime, resumed: bool) -> bool:
        """Whether an empty answer is not believed: counts show more than we know, and it was a while."""
        known = player.unlocks_synced_until
        expected = known is None or ((resumed or until - known > ABSENCE_THRESHOLD) and self._rejects_empty)
        return expected and self.library.missing_unlock_count(player) > 0

    @property
    def _rejects_empty(self) -> bool:
        return self.backoff.failure_count(UNLOCKS) < MAX_EMPTY_ANSWERS

    def _store(self, player: Player, answer: UnlockPage, covered: Window) -> int:
        at, follow = self.clock.now(), self.seconds if self.tracked.played else None
        allowed = self.tracked.gap_after + timedelta(seconds=self.seconds)
        rows = classify_unlocks(answer.rows, player, allowed, at)
        return with_retries(
            self.clock, lambda: self.library.save_unlocks(player, answer, rows, covered, follow, at)
        )

    def repair_mismatches(self, player: Player) -> bool:
        """Some games whose unlocks and numbers differ are read again, each whole; whether more are left."""
        if self.library.profile_exceeds_unlocks(player, self.clock.now()):
            self.library.restart_unlock_sync(player, self.clock.now())
        doubtful = [
            g for g in self.library.mismatched_games(player, self.clock.now()) if not self._is_backing_off(g)
        ]
        self._isolate_failures(
            "unlocks of a game", lambda: self._fetch_games(player, doubtful[:MAX_GAMES_PER_RUN])
        )
        return len(doubtful) > MAX_GAMES_PER_RUN

    def _is_backing_off(self, game_id: GameId) -> bool:
        return self.fetcher.is_backing_off(_unlocks_of(game_id))

    def _fetch_games(self, player: Player, games: Sequence[GameId]) -> None:
        for game_id in games:
            self._fetch_game(player, game_id)

    def _fetch_game(self, player: Player, game_id: GameId) -> None:
        """What does not agree with the looks is of no use: one of the two lags, or lies."""

        def keep(answer: GameUnlocks | None) -> bool:
            return self._store_game(player, game_id, answer)

        self.fetcher.fetch(_unlocks_of(game_id), lambda: self.source.game_unlocks(player.ulid, game_id), keep)

    def _store_game(self, player: Player, game_id: GameId, answer: GameUnlocks | None) -> bool:
        at = self.clock.now()
        rows = classify_game_unlocks(answer.rows if answer else (), player)
        return with_retries(
            self.clock, lambda: self.library.save_game_unlocks(player, game_id, answer, rows, at)
        )

    def _report(self, answer: UnlockPage, total: int) -> None:
        self.announce(BackfillProgress(self.tracked.label, "unlocks", total))
        if answer.unreadable:
            many = pluralize(len(answer.unreadable), "unlock")
            what = f"{many} could not be read: {answer.unreadable[0].message}"
            self.announce(WarningRaised(self.tracked.label, what))

    def titles(self, player: Player) -> bool:
        """Some of the games that nothing has named yet."""
        naming = TitleFetcher(self.source, self.library, self.clock, self.fetcher)
        return self._isolate_failures("titles", lambda: naming.fetch_some(player))

    def _isolate_failures(self, what: str, learn: Callable[[], None]) -> bool:
        """What the key or the budget forbids ends the run; any other failure of the site is only told.

        A site that lacks this endpoint is asked less and less often.
        """
        if self.fetcher.is_backing_off(what):
            return False
        try:
            learn()
        except (Unauthorized, Deferred):
            raise
        except ApiError as error:
            self.announce(WarningRaised(self.tracked.label, f"{what} were not read: {error.message}"))
            self.fetcher.record_failure(what)
            return False
        if not self.fetcher.is_backing_off(what):  # else it asked for a pause itself
            self.backoff.reset(what)
        return True


def _unlocks_of(game_id: GameId) -> str:
    return f"the unlocks of game {game_id}"
