"""Rows of lists that cannot be read: kept as evidence, counted, and warned of; the others are stored."""

from collections.abc import Sequence
from datetime import datetime

from syncer.core.clock import Clock
from syncer.core.events import EventHandler, RowsRejected, WarningRaised
from syncer.core.formats.text import pluralize
from syncer.core.library_ports import UnreadableRowStore
from syncer.core.model.library import UnlockPage, Window
from syncer.core.model.player import Player
from syncer.core.model.progress import UnparsableEntry
from syncer.core.store_retry import with_retries

MAX_REREADS_PER_RUN = 5
LISTING_ENDPOINT = "GetUserCompletionProgress"
RECENT_ENDPOINT = "GetUserRecentlyPlayedGames"
UNLOCKS_ENDPOINT = "GetAchievementsEarnedBetween"
GAME_ENDPOINT = "GetGameInfoAndUserProgress"
GAME_LIST_ENDPOINT = "GetGameList"
CONSOLES_ENDPOINT = "GetConsoleIDs"
NOUNS = {  # what a row is, in warnings
    LISTING_ENDPOINT: "played game",
    RECENT_ENDPOINT: "recently played game",
    UNLOCKS_ENDPOINT: "unlock",
    GAME_ENDPOINT: "unlock",
    GAME_LIST_ENDPOINT: "game",
    CONSOLES_ENDPOINT: "console",
}
LISTING_UNREADABLE = "the listing had rows and none could be read"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class UnreadableRows:
    """The unreadable rows of one run. `count`: how many there were."""

    def __init__(self, label: str, store: UnreadableRowStore, clock: Clock, announce: EventHandler) -> None:
        self.label, self.store, self.clock, self.announce = label, store, clock, announce
        self.count = 0

    def record(
        self,
        player: Player,
        endpoint: str,
        subject: str,
        rows: Sequence[UnparsableEntry],
        *,
        is_complete: bool = True,
    ) -> None:
        """Keep the rows, and end those of earlier answers that this one no longer has.

        `subject`: what was requested. `is_complete`: the answer covers all of it; otherwise it ends nothing.
        """
        if not rows and not is_complete:
            return
        at = self.clock.now()
        with_retries(
            self.clock,
            lambda: self.store.save(player, endpoint, subject, rows, at, is_complete=is_complete),
        )
        if rows:
            self.count += len(rows)
            self.announce(RowsRejected(self.label, endpoint, len(rows)))
            what = pluralize(len(rows), NOUNS[endpoint])
            self.announce(WarningRaised(self.label, f"{what} could not be read: {rows[0].message}"))


def window_subject(answer: UnlockPage, covered: Window) -> str:
    """Return the requested window as an ISO 8601 interval, up to the last row of a truncated answer."""
    end = max(covered.end, covered.next or covered.end, answer.last_at or covered.end)
    return f"{covered.begin:{TIME_FORMAT}}/{end:{TIME_FORMAT}}"


def parse_window(subject: str) -> tuple[datetime, datetime] | None:
    """Return begin and end of a window; None for a subject that is none."""
    try:
        begin, end = (datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z") for text in subject.split("/"))
    except ValueError:
        return None
    return begin, end
