"""Unlocks by day: of the whole account, events left out, as the site dates them.

Nothing of this is known of a player whose unlocks are not read (`unlocks = false`). Then it is left out, for
a zero would say that nothing was unlocked.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def gains_by_day(view: PlayerRequest, first: date) -> dict[date, Row] | None:
    """Return the achievements and points of each day since that one; None if unlocks are not read."""
    if not view.reads_unlocks or view.unlocks_known_until is None:
        return None
    # The end is excluded, and the site dates unlocks in whole seconds (site-api.md section 8).
    rows = daily_gains(view, view.start_of_day(first), view.now + SECOND)
    return {date.fromisoformat(row["day"]): row for row in rows}


def known_until(view: PlayerRequest) -> datetime | None:
    """Return up to when gains are those of the whole account, if that was before today; None: until now.

    What came later is known from polls of followed games.
    """
    synced_until = view.unlocks_known_until
    return synced_until if synced_until and synced_until < view.start_of_day(view.today) else None


def sum_of_days(days: Mapping[date, Row], first: date, last: date) -> Row:
    """Return the achievements and points of the days from the first to the last one."""
    found = [row for day, row in days.items() if first <= day <= last]
    return {name: sum(row[name] or 0 for row in found) for name in ("achievements", "points")}


def streak_days_before(view: PlayerRequest, first: date) -> list[date]:
    """Return the days up to the one before `first` on which something was unlocked, back to one without.

    They are counted in the database, whatever their number; only the days since unlocks were read are not.
    """
    known, first_unlock = view.unlocks_known_until, view.first_unlock
    if known is None or first_unlock is None:
        return []
    turn = min(first, known.astimezone(view.context.zone).date())
    rows = daily_gains(view, view.start_of_day(turn), view.start_of_day(first)) if turn < first else []
    polled = {date.fromisoformat(row["day"]) for row in rows if row["achievements"]}
    day = first - DAY
    while day >= turn and day in polled:
        day -= DAY
    count = (first - day).days - 1
    if day < turn:
        zone = view.context.zone
        earliest = first_unlock.astimezone(zone).date()
        count += view.queries.daily.streak_before(view.player.id, zone, turn, earliest)
    return [first - n * DAY for n in range(1, count + 1)]


def daily_gains(view: PlayerRequest, since: datetime, until: datetime) -> list[Row]:
    """Return achievements and points by day; none of a player whose unlocks were never read.

    Since the last reading it is what polls of followed games showed, by the day of the poll: until the next
    reading tells the moments.
    """
    queries, zone, synced_until = view.queries, view.context.zone, view.unlocks_known_until
    if synced_until is None:
        return []
    # synced_until is included in what was read, and unlocks have whole seconds.
    turn = min(max(since, synced_until + SECOND), until)
    polled = turn < until and view.reads_unlocks
    days: dict[str, Row] = {}
    for row in (
        *(queries.daily.unlocks(view.player.id, zone, since, turn) if since < turn else ()),
        *(queries.daily.observed_gains(view.player.id, zone, turn, until) if polled else ()),
    ):
        day = days.setdefault(row["day"], {"day": row["day"], "achievements": 0, "points": 0})
        day["achievements"] += row["achievements"]
        day["points"] += row["points"] or 0
    return list(days.values())
