"""Unlocks by day: of the whole account, events left out, as the site dates them.

Nothing of this is known of a player whose unlocks are not read (`unlocks = false`). Then it is left out, for
a zero would say that nothing was unlocked.
"""

from datetime import date, datetime, timedelta

from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest

SECOND = timedelta(seconds=1)


def known_since(view: PlayerRequest, since: date) -> Row | None:
    """Return the achievements and points since that day began; None if unlocks are not read.

    `until`: up to when they are those of the whole account, if that was before today. What came later is
    known from polls of followed games.
    """
    synced_until = view.unlocks_known_until
    if not view.reads_unlocks or synced_until is None:
        return None
    is_older = synced_until < view.start_of_day(view.today)
    return gains_since(view, since) | {"until": synced_until if is_older else None}


def gains_since(view: PlayerRequest, since: date) -> Row:
    """Return the achievements and points since that day began."""
    # The end is excluded, and the site dates unlocks in whole seconds (site-api.md section 8).
    rows = daily_gains(view, view.start_of_day(since), view.now + SECOND)
    return {name: sum(row[name] or 0 for row in rows) for name in ("achievements", "points")}


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
