"""When an unlock became visible: what earlier answers covered, and did not show. Pure.

An emulator may claim a date up to 14 days ago. The list that was read on that day proves that the unlock was
not there yet. So each complete answer leaves a reading: its window, and the moment of the answer. One is kept
until a later one covers its window as well (the Pareto front of beginnings and moments); of those that
begin in the same hour the last one is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncer.core.formats.timestamps import from_milliseconds, to_milliseconds
from syncer.core.model.library import StoredUnlock, Unlock

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """A window that was read completely. `date`: the moment of the answer, by the site's clock."""

    begin: datetime
    end: datetime
    date: datetime


def add_reading(readings: Sequence[Reading], new: Reading) -> list[Reading]:
    """Return the readings with a new one, without those that it makes useless.

    A page that begins just after the end of the last one continues it; then the older moment counts.
    """
    if readings and new.begin == readings[-1].end + SECOND:
        new, readings = replace(readings[-1], end=new.end), readings[:-1]
    kept: dict[datetime, Reading] = {}
    for reading in [r for r in readings if r.begin < new.begin or r.end > new.end] + [new]:
        hour = reading.begin.replace(minute=0, second=0, microsecond=0)
        kept.pop(hour, None)
        kept[hour] = reading
    return list(kept.values())


def newest_covering(readings: Iterable[Reading], moment: datetime) -> datetime | None:
    """Return when an answer that covers the moment was last read; None: no such answer is known."""
    dates = (r.date for r in readings if r.begin <= moment <= min(r.end, r.date))
    return max(dates, default=None)


def format_readings(readings: Iterable[Reading]) -> str:
    """Return the readings as a text to be stored: three moments of each, in milliseconds."""
    return ";".join(",".join(str(to_milliseconds(m)) for m in (r.begin, r.end, r.date)) for r in readings)


def parse_readings(text: str | None) -> list[Reading]:
    """Return the readings of a stored text."""
    found = (part.split(",") for part in (text or "").split(";") if part)
    return [Reading(*(from_milliseconds(int(n)) for n in numbers)) for numbers in found]


def visible_after(
    unlock: Unlock,
    stored: Sequence[StoredUnlock],
    received: Sequence[Unlock],
    readings: Sequence[Reading],
    game_read_at: datetime | None,
) -> datetime | None:
    """Return the newest moment at which a complete answer covered a new unlock and did not show it.

    None where none is known, or where a former row of the achievement explains its absence. `game_read_at`:
    when all unlocks of its game were last read.
    """
    same = [row for row in stored if row.achievement_id == unlock.achievement_id]
    if any(row.gone_at for row in same):
        return None
    by_list = (
        None if _hidden_in_lists(unlock, same, received) else newest_covering(readings, unlock.unlocked_at)
    )
    by_game = game_read_at if game_read_at and game_read_at >= unlock.unlocked_at else None
    return max((moment for moment in (by_list, by_game) if moment), default=None)


def _hidden_in_lists(unlock: Unlock, same: Sequence[StoredUnlock], received: Sequence[Unlock]) -> bool:
    """Return whether lists show the hardcore unlock of the achievement instead (site-api.md 5.8)."""
    if unlock.hardcore:
        return False
    in_hardcore = (row.hardcore for row in received if row.achievement_id == unlock.achievement_id)
    return any(in_hardcore) or any(row.hardcore for row in same)
