"""Rules of the backfill: when a listing is due, what a window of unlocks covers, what it proves. Pure."""

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
from syncer.core.model.schedule import Schedule
from syncer.core.periodic import DAILY, HOURLY, WEEKLY, is_due
from syncer.core.polling.policy import can_probe
from syncer.core.ports import TrackedPlayer

# Each window begins this much before the end of the one before, and so shows what was reset or added late
# since then. Changes further back are found by the counts (repair_mismatches).
OVERLAP = timedelta(days=1)
# Once a day a window begins this much earlier: the oldest date that a client may claim, 14 days, and the time
# since the wide window before it, which did not show what arrived later with such a date.
WIDE_OVERLAP = timedelta(days=15, hours=12)
# The answer came before its last second was over, and the site may list an unlock some seconds late.
RESUME_OVERLAP = timedelta(minutes=1)
MAX_GAMES_PER_RUN = 5  # games that one run reads again, because unlocks and numbers differ
# The site counts an unlock some time after it lists it (site-api.md section 6).
COUNT_LAG = timedelta(hours=1)
MAX_ACCOUNT_AGE = timedelta(days=20 * 365)  # no account is older
SECOND = timedelta(seconds=1)


# The library


def library_sync_due(player: Player, schedule: Schedule, now: datetime) -> bool:
    """Return whether the library is to be read, some of its pages or all: once a day."""
    return is_due(player.library_synced_at, DAILY, schedule, now)


def is_library_due(tracked: TrackedPlayer, player: Player | None, now: datetime) -> bool:
    """Return whether a run reads the listing of played games, for its games or only for its awards.

    With "played" it is read each hour until all of it was: where it was read for its awards, no game was
    followed by it.
    """
    if not (tracked.played or tracked.unlocks):
        return False
    if player is None or library_sync_due(player, tracked.schedule, now):
        return True
    is_new = tracked.played and player.listing_whole_at is None
    return is_new and is_due(player.library_synced_at, HOURLY, tracked.schedule, now)


def whole_listing_due(tracked: TrackedPlayer, player: Player, now: datetime) -> bool:
    """Return whether all pages are read for their games: once a week, as probes find new games before.

    Without probes it is once a day.
    """
    due = is_due(player.listing_whole_at, listing_period(tracked), tracked.schedule, now)
    return tracked.played and due


def listing_period(tracked: TrackedPlayer) -> timedelta:
    """Return how often all pages of the listing are read."""
    return WEEKLY if can_probe(tracked) else DAILY


def page_count(total: int) -> int:
    """Return how many pages hold so many games; at least one."""
    return max(1, -(-total // MAX_PLAYED_PER_PAGE))


def complete_listing(pages: Sequence[CompletionPage]) -> list[PlayedGame] | None:
    """Return the games of all pages, or None if games moved between two pages.

    The site orders the listing by the latest unlock, so that an unlock during the reading moves a game to
    the first page and shows another one twice. Then the distinct games do not add up to the total; where no
    total could be read, to the rows.
    """
    games = {game.game_id: game for page in pages for game in page.games}
    unparsable = sum(len(page.unreadable) for page in pages)
    totals = {page.total for page in pages if page.total is not None} or {sum(page.rows for page in pages)}
    return list(games.values()) if totals == {len(games) + unparsable} else None


# Windows of unlocks


def unlocks_due(player: Player, tracked: TrackedPlayer, now: datetime, *, changed: bool) -> bool:
    """Return whether unlocks are to be read: after a change, or once a day.

    Without probes only an unlock shows that a game with a small set was played: there it is in each run.
    """
    until = player.unlocks_synced_until
    if changed or reads_unlocks_in_each_run(tracked):
        return True
    return is_due(until, DAILY, tracked.schedule, now)


def reads_unlocks_in_each_run(tracked: TrackedPlayer) -> bool:
    """Return whether every run reads the newest unlocks: nothing else shows that a game was played."""
    return tracked.played and not can_probe(tracked)


def wide_window_due(last_read_at: datetime | None, schedule: Schedule, now: datetime) -> bool:
    """Return whether the next window has to show unlocks that arrived late: once a day."""
    return is_due(last_read_at, DAILY, schedule, now)


def window_start(
    synced_until: datetime | None, now: datetime, resumed: bool = False, *, wide: bool = False
) -> datetime:
    """Return where the next window begins: an overlap before what is known, or before any account.

    A backfill that was interrupted (`resumed`) goes on where it stopped: what lies before was just read.
    """
    if synced_until is None:
        return (now - MAX_ACCOUNT_AGE).replace(microsecond=0)
    if resumed:
        return (synced_until - RESUME_OVERLAP).replace(microsecond=0)
    return (synced_until - (WIDE_OVERLAP if wide else OVERLAP)).replace(microsecond=0)


def covered_window(answer: UnlockPage, begin: datetime, until: datetime) -> Window:
    """Return the part of `begin` to `until` that the answer covers completely."""
    if not answer.is_truncated:
        return Window(begin, until, None)
    last = max((row.unlocked_at for row in answer.rows), default=begin)
    last = max(last, answer.last_at or begin)  # a row that cannot be parsed is passed by its date
    if last > begin:  # the last second may hold more than the answer: it is requested again
        return Window(begin, last - SECOND, last)
    return Window(begin, begin, begin + SECOND, is_truncated=True)


# Where an unlock comes from


def classify_unlocks(
    rows: Sequence[Unlock], player: Player, allowed: timedelta, now: datetime
) -> list[SourcedUnlock]:
    """Return the rows of a window, each with its source. `allowed`: the longest delay of a poll in time."""
    since, known = player.added_at, player.unlocks_synced_until
    return [SourcedUnlock(row, unlock_source(row.unlocked_at, since, known, allowed, now)) for row in rows]


def classify_game_unlocks(rows: Sequence[Unlock], player: Player) -> list[SourcedUnlock]:
    """Return the rows of a game that was read again after a mismatch, each with its source."""
    return [
        SourcedUnlock(row, "backfill" if row.unlocked_at < player.added_at else "repaired") for row in rows
    ]


def unlock_source(
    unlocked_at: datetime, followed_since: datetime, known: datetime | None, allowed: timedelta, now: datetime
) -> str:
    """Return how an unlock became known: older than our recording, after a gap, or in time.

    `known`: up to when the unlocks were known before this window.
    """
    if unlocked_at < followed_since:
        return "backfill"
    after_gap = known is not None and now - known > allowed
    return "repaired" if after_gap and known is not None and unlocked_at > known else "seen"


# What the site has removed


def removed_unlocks(
    stored: Sequence[StoredUnlock], answer: UnlockPage, covered: Window, *, may_be_empty: bool = False
) -> list[StoredUnlock]:
    """Return the stored unlocks of the window that the site has removed, as far as the answer proves it.

    It proves nothing where it is truncated, where an entry is unparsable (it may be the missing one), or
    where it is empty: an unknown player reads the same (site-api.md section 4). `may_be_empty`: the totals
    and the snapshots say that the account has no unlock, so that an empty answer proves it.
    """
    if covered.is_truncated or answer.unreadable or not (answer.rows or may_be_empty):
        return []
    inside, outside = list[StoredUnlock](), list[StoredUnlock]()
    for s in stored:
        (inside if covered.begin <= s.unlocked_at <= covered.end else outside).append(s)
    # The hardcore unlock that replaced a softcore one may lie outside of the window.
    hardcore_outside = {s.achievement_id for s in outside if s.hardcore}
    missing = missing_unlocks(inside, answer.rows)
    return [s for s in missing if s.hardcore or s.achievement_id not in hardcore_outside]


def unlisted_unlocks(stored: Sequence[StoredUnlock], rows: Sequence[Unlock]) -> list[StoredUnlock]:
    """Return stored unlocks of one game that its own answer does not list.

    That answer has both moments of an achievement, so a softcore unlock that it does not list is gone: it was
    reset, and the achievement was earned again in hardcore.
    """
    received = {(row.achievement_id, row.hardcore) for row in rows}
    return [s for s in stored if (s.achievement_id, s.hardcore) not in received]


def missing_unlocks(stored: Sequence[StoredUnlock], rows: Sequence[Unlock]) -> list[StoredUnlock]:
    """Return stored unlocks missing from the rows, except softcore ones replaced by their hardcore unlock.

    An achievement that is unlocked again in hardcore is listed with that date alone (site-api.md 5.8).
    """
    in_hardcore = {row.achievement_id for row in rows if row.hardcore}
    missing = unlisted_unlocks(stored, rows)
    return [s for s in missing if s.hardcore or s.achievement_id not in in_hardcore]
