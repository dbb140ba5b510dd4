"""Reading unlocks: window after window, and whole games after a mismatch."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from syncer.core.clock import Clock
from syncer.core.errors import SiteUnavailable
from syncer.core.events import BackfillProgress, EventHandler
from syncer.core.library_ports import LibraryStore
from syncer.core.model.consistency import ListReading
from syncer.core.model.library import GameUnlocks, UnlockPage, Window
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.periodic import DAILY, read_before
from syncer.core.ports import ProgressSource, TrackedPlayer
from syncer.core.store_retry import with_retries

from .consistency import next_pages
from .item_fetcher import ItemFetcher
from .unreadable import (
    GAME_ENDPOINT,
    MAX_REREADS_PER_RUN,
    UNLOCKS_ENDPOINT,
    UnreadableRows,
    parse_window,
    window_subject,
)
from .windows import classify_game_unlocks, classify_unlocks, covered_window, wide_window_due, window_start

UNLOCKS = "the unlocks"  # what warnings and the backoff call them
ABSENCE_THRESHOLD = timedelta(days=2)  # after it an empty answer is suspect
MAX_LIST_PAGES_PER_RUN = 50  # of a reading of all unlocks: polls go on between two parts of it
MAX_EMPTY_ANSWERS = 3  # that are rejected where there may be no unlock to list


class UnlockFetcher:
    """The unlocks of one player during one run."""

    def __init__(
        self,
        tracked: TrackedPlayer,
        source: ProgressSource,
        library: LibraryStore,
        clock: Clock,
        announce: EventHandler,
        fetcher: ItemFetcher,
        unreadable: UnreadableRows,
    ) -> None:
        self.tracked, self.source, self.library = tracked, source, library
        self.clock, self.announce, self.fetcher = clock, announce, fetcher
        self.unreadable = unreadable

    def fetch_windows(self, player: Player, resumed: bool) -> None:
        """Read all unlocks since the last known one. Raises ApiError.

        Each page is stored together with how far it reaches, so that no page is requested twice. `resumed`:
        the run before was interrupted.
        """
        until = self.clock.now().replace(microsecond=0)
        wide = wide_window_due(player.unlocks_overlap_read_at, self.tracked.schedule, until)
        start = window_start(player.unlocks_synced_until, until, resumed, wide=wide)
        begin: datetime | None = min(start, until)
        total, expects_rows = 0, self._expects_unlocks(player, until, resumed)
        while begin is not None and begin <= until:
            answer = self.source.achievements_earned_between(player.ulid, begin, until)
            if expects_rows and not answer.rows and not answer.unreadable:
                raise SiteUnavailable("an empty answer, though there are unlocks")
            covered = covered_window(answer, begin, until)
            total += self._save_page(player, answer, covered)
            self.announce(BackfillProgress(self.tracked.label, "unlocks", total))
            # The next window begins with rows of this one: an empty answer about it must be wrong, too.
            begin, expects_rows = covered.next, not covered.is_truncated

    def _expects_unlocks(self, player: Player, until: datetime, resumed: bool) -> bool:
        """Return whether an empty answer must be wrong: the counts show unlocks that are not stored.

        Shortly after the last reading they may lag, and after several empty answers there may be none.
        """
        known = player.unlocks_synced_until
        after_gap = known is not None and (resumed or until - known > ABSENCE_THRESHOLD)
        rejects_empty = self.fetcher.backoff.failure_count(UNLOCKS) < MAX_EMPTY_ANSWERS
        if known is not None and not (after_gap and rejects_empty):
            return False
        return self.library.missing_unlock_count(player) > 0

    def reread_windows(self, player: Player) -> None:
        """Read windows again, once a day, in which a row could not be read. Raises ApiError."""
        before = read_before(self.clock.now(), DAILY, self.tracked.schedule)
        subjects = self.unreadable.store.standing_subjects(player, UNLOCKS_ENDPOINT, before)
        for subject in subjects[:MAX_REREADS_PER_RUN]:
            if window := parse_window(subject):
                self._reread(player, subject, *window)

    def _reread(self, player: Player, subject: str, begin: datetime, end: datetime) -> None:
        answer = self.source.achievements_earned_between(player.ulid, begin, end)
        self._save(player, answer, covered_window(answer, begin, end), is_reread=True)
        # An empty answer proves nothing: an unknown player reads the same.
        whole = not answer.is_truncated and bool(answer.rows or answer.unreadable)
        self.unreadable.record(player, UNLOCKS_ENDPOINT, subject, answer.unreadable, is_complete=whole)

    def _save_page(
        self, player: Player, answer: UnlockPage, covered: Window, left: ListReading | None = None
    ) -> int:
        """Store one page of several; return how many unlocks were new. `left`: of reading them all."""
        added = self._save(player, answer, covered, is_reread=left is not None, list_reading=left)
        subject = window_subject(answer, covered)
        self.unreadable.record(player, UNLOCKS_ENDPOINT, subject, answer.unreadable, is_complete=False)
        return added

    def _save(
        self,
        player: Player,
        answer: UnlockPage,
        covered: Window,
        *,
        is_reread: bool = False,
        list_reading: ListReading | None = None,
    ) -> int:
        at, follows = self.clock.now(), self.tracked.played
        allowed = self.tracked.gap_after + self.tracked.schedule.interval
        rows = classify_unlocks(answer.rows, player, allowed, at)
        return with_retries(
            self.clock,
            lambda: self.library.save_unlocks(
                *(player, answer, rows, covered, follows, at), is_reread=is_reread, list_reading=list_reading
            ),
        )

    def read_list(self, player: Player, left: ListReading) -> ListReading | None:
        """Read some pages of all unlocks; return what is left, or None at the end. Raises ApiError.

        The windows of newer unlocks go on beside it: `unlocks_synced_until` does not move.
        """
        for _ in range(MAX_LIST_PAGES_PER_RUN):
            answer = self.source.achievements_earned_between(player.ulid, left.begin, left.until)
            if not (answer.rows or answer.unreadable or self.library.consistency.may_be_empty(player)):
                raise SiteUnavailable("an empty answer, though there are unlocks")
            covered = covered_window(answer, left.begin, left.until)
            self._save_page(player, answer, covered, left)
            following = next_pages(left, covered)
            if following is None:
                return None
            left = following
        return left

    def readable_games(self, games: Sequence[GameId]) -> list[GameId]:
        """Return the games without those that failed just now."""
        return [game_id for game_id in games if not self.is_backing_off(game_id)]

    def is_backing_off(self, game_id: GameId) -> bool:
        """Return whether the unlocks of this game must not be requested yet."""
        return self.fetcher.is_backing_off(_item(game_id))

    def fetch_games(self, player: Player, games: Sequence[GameId]) -> None:
        """Read all unlocks of each game. Raises ApiError."""
        for game_id in games:
            self._fetch_game(player, game_id)

    def _fetch_game(self, player: Player, game_id: GameId) -> None:
        def save(answer: GameUnlocks | None) -> bool:
            return self._save_game(player, game_id, answer)

        self.fetcher.fetch(_item(game_id), lambda: self.source.game_unlocks(player.ulid, game_id), save)

    def fetch_playtime(self, player: Player, game_id: GameId) -> None:
        """Read how long a game was played in all; where unlocks are read, store its, too. Raises ApiError."""

        def save(answer: GameUnlocks | None) -> bool:
            if answer is None or answer.playtime is None:
                return False
            if self.tracked.unlocks:
                self._save_game(player, game_id, answer, is_repair=False)
            else:
                self._save_playtime(player, game_id, answer.playtime)
            return True

        self.fetcher.fetch(
            playtime_item(game_id), lambda: self.source.game_unlocks(player.ulid, game_id), save
        )

    def _save_playtime(self, player: Player, game_id: GameId, seconds: int) -> None:
        at = self.clock.now()
        with_retries(self.clock, lambda: self.library.save_playtime(player, game_id, seconds, at))

    def _save_game(
        self, player: Player, game_id: GameId, answer: GameUnlocks | None, *, is_repair: bool = True
    ) -> bool:
        at = self.clock.now()
        rows = classify_game_unlocks(answer.rows if answer else (), player)
        if answer:
            self.unreadable.record(player, GAME_ENDPOINT, f"game {game_id}", answer.unreadable)
        return with_retries(
            self.clock,
            lambda: self.library.save_game_unlocks(player, game_id, answer, rows, at, is_repair=is_repair),
        )


def playtime_item(game_id: GameId) -> str:
    return f"the playtime of game {game_id}"


def _item(game_id: GameId) -> str:
    return f"the unlocks of game {game_id}"
