"""What else is learned of a player: which games were played, and when each achievement was unlocked. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from syncer.core.model.library import (
    MAX_PLAYED_PER_PAGE,
    CompletionPage,
    PlayedGame,
    SourcedUnlock,
    StoredUnlock,
    Unlock,
    UnlockPage,
    Window,
)
from syncer.core.model.player import Player

OVERLAP = timedelta(days=1)  # asked again each time: what vanished lately shows
LIBRARY_SYNC_INTERVAL = timedelta(days=1)
UNLOCK_SYNC_INTERVAL = timedelta(days=1)  # where no number has changed
MAX_GAMES_PER_RUN = 5  # games that one run reads again, because unlocks and numbers differ
REREAD_AFTER = timedelta(days=7)  # a game that still differs, and whose numbers have not changed since
COUNT_LAG = timedelta(
    hours=1
)  # the site counts an unlock some time after it tells it (site-api.md section 6)
MAX_ACCOUNT_AGE = timedelta(days=20 * 365)  # no account is older
SECOND = timedelta(seconds=1)


def complete_listing(pages: Sequence[CompletionPage]) -> list[PlayedGame] | None:
    """The games of all pages; None where they moved between two pages: an unlock reorders the listing."""
    games = {game.game_id: game for page in pages for game in page.games}
    unreadable = sum(len(page.unreadable) for page in pages)
    totals = {page.total for page in pages}
    return list(games.values()) if totals == {len(games) + unreadable} else None


def window_start(complete_until: datetime | None, now: datetime, resumed: bool = False) -> datetime:
    """Where to ask from: a little before what is known, or before the site was.

    A reading that was cut short goes on where it was: what is before was asked for just now.
    """
    if complete_until is None:
        return (now - MAX_ACCOUNT_AGE).replace(microsecond=0)
    return (complete_until + SECOND if resumed else complete_until - OVERLAP).replace(microsecond=0)


def unlocks_due(player: Player, now: datetime, *, played: bool, changed: bool) -> bool:
    """At each run where only unlocks tell of small sets; else when a number changed, or once a day."""
    until = player.unlocks_synced_until
    return played or changed or until is None or not until <= now < until + UNLOCK_SYNC_INTERVAL


def covered_window(answer: UnlockPage, begin: datetime, until: datetime) -> Window:
    """What an answer to "from `begin` to `until`" covers."""
    if not answer.is_truncated:
        return Window(begin, until, None)
    last = max((row.unlocked_at for row in answer.rows), default=begin)
    if last > begin:  # the last second may hold more than was told: it is asked again
        return Window(begin, last - SECOND, last)
    return Window(begin, begin, begin + SECOND, is_truncated=True)


def unlock_source(
    unlocked_at: datetime, followed_since: datetime, known: datetime | None, allowed: timedelta, now: datetime
) -> str:
    """Why we know of it: it was there before us, it was seen in time, or an absence was repaired."""
    if unlocked_at < followed_since:
        return "backfill"
    absent = known is not None and now - known > allowed
    return "repaired" if absent and known is not None and unlocked_at > known else "seen"


def classify_unlocks(
    rows: Sequence[Unlock], player: Player, allowed: timedelta, now: datetime
) -> list[SourcedUnlock]:
    """Return the rows of a window, each with its source. `allowed`: the longest delay of a poll that is in time."""
    since, known = player.added_at, player.unlocks_synced_until
    return [SourcedUnlock(row, unlock_source(row.unlocked_at, since, known, allowed, now)) for row in rows]


def classify_game_unlocks(rows: Sequence[Unlock], player: Player) -> list[SourcedUnlock]:
    """Return the rows of a game that was read again after a mismatch, each with its source."""
    return [
        SourcedUnlock(row, "backfill" if row.unlocked_at < player.added_at else "repaired") for row in rows
    ]


def removed_unlocks(
    stored: Sequence[StoredUnlock], answer: UnlockPage, covered: Window
) -> list[StoredUnlock]:
    """Those of the covered time that the site does not tell any more.

    A casual one is not gone when its hardcore one is told, or known: the site forgets the first of the two.
    An empty answer proves nothing: an unknown player reads the same (site-api.md section 4).
    """
    told: Sequence[Unlock] = answer.rows
    if covered.is_truncated or answer.unreadable or not told:
        return []
    inside = [s for s in stored if covered.begin <= s.unlocked_at <= covered.end]
    outside = {s.achievement_id for s in stored if s.hardcore and s not in inside}
    return [s for s in missing_unlocks(inside, told) if s.hardcore or s.achievement_id not in outside]


def missing_unlocks(stored: Sequence[StoredUnlock], told: Sequence[Unlock]) -> list[StoredUnlock]:
    """Those that are not told any more, but for a casual one whose hardcore one is."""
    here = {(row.achievement_id, row.hardcore) for row in told}
    bettered = {row.achievement_id for row in told if row.hardcore}
    missing = [s for s in stored if (s.achievement_id, s.hardcore) not in here]
    return [s for s in missing if s.hardcore or s.achievement_id not in bettered]


def library_sync_due(player: Player, now: datetime) -> bool:
    """Once a day; a moment ahead of us comes from a wrong clock."""
    walked = player.library_synced_at
    return walked is None or not walked <= now < walked + LIBRARY_SYNC_INTERVAL


def page_count(total: int) -> int:
    """How many pages hold so many games; one, where there are none."""
    return max(1, -(-total // MAX_PLAYED_PER_PAGE))
