"""How long was played, as a range: a session's begin is known to within the time between two probes."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from syncer.core.formats.timestamps import start_of
from syncer.core.model.play import PlaySession, Playtime
from syncer.core.model.progress import EPOCH

REPORT_INTERVAL = timedelta(minutes=3)  # clients report every two minutes: play may go on after the last one
DAY = timedelta(days=1)
HOUR, TENTH = timedelta(hours=1), 10
NOTHING = timedelta(0)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Played:
    """The least and the most that was played."""

    least: timedelta = NOTHING
    most: timedelta = NOTHING

    @property
    def middle(self) -> timedelta:
        return (self.least + self.most) / 2

    @property
    def margin(self) -> timedelta:
        """How much the truth may differ from the middle, in either direction."""
        return (self.most - self.least) / 2


@dataclass(frozen=True, slots=True)
class TotalPlayed:
    """How long a game was played. `exact`: by the site; `recorded`: by sessions that it has not counted.

    `read_at`: when the site's number was last read. Both None: none is known, and all sessions count.
    """

    exact: timedelta | None
    read_at: datetime | None
    recorded: Played

    @property
    def played(self) -> Played:
        known = self.exact or NOTHING
        return Played(known + self.recorded.least, known + self.recorded.most)


def played_in(sessions: Iterable[PlaySession], since: datetime, until: datetime) -> Played:
    """Return how long was played between two moments; of two games at the same time one is certain."""
    found = list(sessions)
    least = _union(_within(((s.started_before, s.ended_at) for s in found), since, until))
    possible = _within(((s.started_after, s.ended_at + REPORT_INTERVAL) for s in found), since, until)
    most = sum((end - begin for begin, end in possible), NOTHING)
    return Played(least, min(most, max(until - since, NOTHING)))


def played_by_day(
    sessions: Iterable[PlaySession], zone: tzinfo, since: datetime, until: datetime
) -> dict[date, Played]:
    """Return how long was played on each day of the zone, without those on which nothing can have been."""
    days: dict[date, list[PlaySession]] = {}
    for session in sessions:
        for day in _days(session, zone, since, until):
            days.setdefault(day, []).append(session)
    ends = {day: (max(since, start_of(day, zone)), min(until, start_of(day + DAY, zone))) for day in days}
    return {day: played_in(days[day], *ends[day]) for day in sorted(days)}


def total_played(playtime: Playtime | None, sessions: Iterable[PlaySession]) -> TotalPlayed:
    """Return how long a game was played in all: by the site where it has counted, and by sessions since.

    A number of the site that is less than what was certainly played until then lags, and does not count.
    """
    found = list(sessions)
    if playtime is None:
        return TotalPlayed(None, None, played_of(found))
    # A number that stayed equal was counted when it was read first.
    exact, counted_at = timedelta(seconds=playtime.seconds), playtime.first_seen_at
    if exact < played_of(session for session in found if session.ended_at <= counted_at).least:
        return TotalPlayed(None, None, played_of(found))
    later = [session for session in found if session.ended_at > counted_at]
    return TotalPlayed(exact, playtime.last_seen_at, played_of(_cut(later, counted_at)))


def sum_of(parts: Iterable[Played]) -> Played:
    """Return how long was played in several times together."""
    found = list(parts)
    return Played(sum((p.least for p in found), NOTHING), sum((p.most for p in found), NOTHING))


def played_of(sessions: Iterable[PlaySession]) -> Played:
    """Return how long was played in whole sessions."""
    found = list(sessions)
    least = sum((s.ended_at - s.started_before for s in found), NOTHING)
    most = sum((s.ended_at + REPORT_INTERVAL - s.started_after for s in found), NOTHING)
    return Played(least, most)


def format_played(played: Played) -> str:
    """Return the middle with its margin in hours: 3.2 h ± 0.4. The margin is rounded so that it holds."""
    least, most = played.least / HOUR * TENTH, played.most / HOUR * TENTH
    middle = round((least + most) / 2)
    margin = math.ceil(max(most - middle, middle - least) - 1e-9)
    middle = max(middle, margin) if least < 1 else middle
    return f"{middle / TENTH:,.1f} h ± {margin / TENTH:,.1f}" if margin else f"{middle / TENTH:,.1f} h"


def _cut(sessions: Iterable[PlaySession], since: datetime) -> Iterator[PlaySession]:
    """Yield the sessions without what was played before a moment."""
    for s in sessions:
        begin = max(s.started_after, since), max(s.started_before, since)
        yield replace(s, started_after=begin[0], started_before=begin[1])


def _days(session: PlaySession, zone: tzinfo, since: datetime, until: datetime) -> Iterator[date]:
    """Yield the days of the zone on which the session may have been played."""
    begin, end = max(session.started_after, since), min(session.ended_at + REPORT_INTERVAL, until)
    day = begin.astimezone(zone).date()
    while start_of(day, zone) < end:
        yield day
        day += DAY


def _within(spans: Iterable[Span], since: datetime, until: datetime) -> list[Span]:
    """Return the parts of the spans between two moments."""
    cut = ((max(begin, since), min(end, until)) for begin, end in spans)
    return [span for span in cut if span[0] < span[1]]


def _union(spans: Iterable[Span]) -> timedelta:
    """Return the length of all spans together, where they overlap once."""
    total, covered = NOTHING, EPOCH
    for begin, end in sorted(spans):
        total += max(NOTHING, end - max(begin, covered))
        covered = max(covered, end)
    return total
