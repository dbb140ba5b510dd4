"""The status of several players: what needs attention, and a row for each."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from syncer.core.formats.text import format_duration, name_some, pluralize

from .columns import PLAYER, Column

MAX_NAMED = 5  # players in a line
SET_ASIDE = "not polled any more, as each run killed its process (syncer doctor)"
COLUMNS = (
    PLAYER,
    "hardcore",
    Column("softcore", drop_order=1),
    "mastered",
    Column("completed", drop_order=2),
    Column("beaten", drop_order=3),
    Column("streak", drop_order=5),
    Column("today", drop_order=4),
    "last poll",
)
Status = dict[str, Any]  # of one player, as in the JSON of `syncer status`


def headlines(
    players: Sequence[Status],
    unpolled: Sequence[str],
    now: datetime,
    late: timedelta,
    aside: Container[str] = (),
) -> list[str]:
    """Return what is to be read first. `unpolled`: configured players without any poll. `late`: gap_after.

    `aside`: the configured names, in lower case, of players who are not polled any more.
    """
    found: dict[str, list[str]] = {}
    for name in unpolled:
        found.setdefault(SET_ASIDE if name.lower() in aside else "not polled yet", []).append(name)
    troubled = len(unpolled)
    for player in players:
        troubles = list(_troubles(player, now, late))
        troubled += bool(troubles)
        for trouble in troubles:
            found.setdefault(trouble, []).append(player["username"])
    count = pluralize(len(players) + len(unpolled), "player")
    if not troubled:
        lines = [f"{count}, all polled as promised."]
    else:
        need = "needs" if troubled == 1 else "need"
        lines = [f"{count}; {troubled:,} {need} attention:"]
    lines += [f"  {trouble}: {name_some(names, MAX_NAMED)}" for trouble, names in found.items()]
    lines += ["What to do: syncer doctor"] if troubled else []
    ends = [f"{p['username']} ({pluralize(p['streak']['days'], 'day')})" for p in players if _ends_tonight(p)]
    return [*lines, f"Streaks that end tonight: {name_some(ends, MAX_NAMED)}"] if ends else lines


def _troubles(player: Status, now: datetime, late: timedelta) -> Iterator[str]:
    """Yield what is wrong with a player, in words that those with the same trouble share."""
    run, due = player["last_run"], player["next_due_at"]
    if player["gone_at"]:
        yield "not on the site any more"
        return
    if player["set_aside_at"]:
        yield SET_ASIDE
    if player["key_refused_at"]:
        yield "the site refuses the key"
    elif run and run["error"]:
        yield f"the last run {run['outcome']}: {run['error']}"
    if player["overdue"] or (due and due + late < now):
        yield "not polled as promised"
    if player["failing"]:
        yield f"{pluralize(player['failing'], 'game')} failing"


def _ends_tonight(player: Status) -> bool:
    return bool(player["streak"]["days"]) and not player["streak"]["includes_today"]


def cells(player: Status, now: datetime) -> list[object]:
    """Return the row of a player; blank where nothing is known."""
    account, sets, last = player["account"], player["sets"], player["last_poll_at"]
    days = player["streak"]["days"]
    return [
        player["username"],
        *("" if account[name] is None else account[name] for name in ("hardcore_points", "softcore_points")),
        sets["mastered"],
        sets["completed"],
        sets["beaten_hardcore"] + sets["beaten_softcore"],
        "" if days is None else days,
        "" if player["unlocks_today"] is None else player["unlocks_today"],
        f"{format_duration(now - last)} ago" if last else "never",
    ]
