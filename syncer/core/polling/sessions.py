"""Play sessions from the dates of recently played games (site-api.md 5.12), without any input or output.

A client reports that a game is played about every two minutes, and the site shows the newest report.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncer.core.model.play import (
    MAX_RECENT_PER_PAGE,
    PlayDecision,
    PlaySession,
    Probe,
    RecentGame,
    RecentPage,
)
from syncer.core.model.progress import GameId

QUEUE_LAG = timedelta(minutes=5)  # the site shows a report at most this late: it passes through a queue
MAX_PAUSE = timedelta(minutes=10)  # after it the site begins another session, too
MAX_STEP = timedelta(minutes=25)  # a longer step between two dates may hide a pause, and is not certain
MAX_AHEAD = timedelta(minutes=10)  # a later date is no date: two clocks differ by less


def decide_play(
    rows: Iterable[RecentGame],
    dates: Mapping[GameId, datetime],
    open_sessions: Sequence[PlaySession],
    probe: Probe,
) -> PlayDecision:
    """Return what a probe changes; `dates` are the stored ones.

    A baseline, null, a date that goes back and one that is older than the previous probe make no session. A
    baseline closes what was left open.
    """
    rows = list(rows)
    played = _played(rows, probe.at)
    moved = {game_id: at for game_id, at in played.items() if dates.get(game_id) != at}
    listed = {row.game_id for row in rows}
    kept = [_next_state(s, played.get(s.game_id), s.game_id in listed, probe) for s in open_sessions]
    changed = tuple(now for now, before in zip(kept, open_sessions, strict=True) if now != before)
    covered = {session.game_id: session.ended_at for session in kept}
    return PlayDecision(moved, tuple(_opened(played, dates, covered, probe)), changed)


def is_playing(rows: Iterable[RecentGame], now: datetime) -> bool:
    """Return whether a game was played in the last ten minutes; `now` is by the site's clock."""
    return any(now - at < MAX_PAUSE for at in _played(rows, now).values())


def is_page_full(page: RecentPage, previous_at: datetime | None, size: int = MAX_RECENT_PER_PAGE) -> bool:
    """Return whether every row was played since the previous probe, so that the next page is read, too.

    A first probe knows no such moment: another request reads the rest of the list.
    """
    if previous_at is None or page.rows < size or not page.games:
        return False
    return all(row.last_played_at and _is_new(row.last_played_at, previous_at) for row in page.games)


def _played(rows: Iterable[RecentGame], at: datetime) -> dict[GameId, datetime]:
    """Return when each game was played last, the newest of rows that are repeated."""
    found: dict[GameId, datetime] = {}
    for row in rows:
        if row.last_played_at and row.last_played_at <= at + MAX_AHEAD:
            found[row.game_id] = max(row.last_played_at, found.get(row.game_id, row.last_played_at))
    return found


def _is_new(played_at: datetime, previous_at: datetime) -> bool:
    """Return whether the previous probe could not have shown this date."""
    return played_at > previous_at - QUEUE_LAG


def _next_state(
    session: PlaySession, played_at: datetime | None, is_listed: bool, probe: Probe
) -> PlaySession:
    """Return an open session as it is after the probe: extended, closed, or as before."""
    if probe.previous_at is None:
        return replace(session, is_open=False)
    if played_at and played_at > session.ended_at:
        step = played_at - session.ended_at
        goes_on = _goes_on(session.ended_at, played_at, probe.previous_at, probe)
        if not goes_on or step > MAX_STEP or _has_paused(session.ended_at, step, probe.previous_at):
            return replace(session, is_open=False)
        return replace(session, ended_at=played_at, is_open=_may_go_on(played_at, probe))
    is_known = is_listed or probe.is_whole  # a game that left the page was not played
    return replace(session, is_open=not is_known or _may_go_on(session.ended_at, probe))


def _goes_on(ended_at: datetime, played_at: datetime, previous_at: datetime, probe: Probe) -> bool:
    """Return whether the game may have been played all the time between two of its dates."""
    return not probe.after_gap and played_at - ended_at <= probe.at - previous_at + MAX_PAUSE


def _has_paused(ended_at: datetime, step: timedelta, previous_at: datetime) -> bool:
    """Return whether the previous probe showed a pause that may have been too long for one session."""
    return previous_at - ended_at > QUEUE_LAG and step > MAX_PAUSE


def _may_go_on(ended_at: datetime, probe: Probe) -> bool:
    return probe.at - ended_at <= MAX_PAUSE


def _opened(
    played: Mapping[GameId, datetime],
    dates: Mapping[GameId, datetime],
    covered: Mapping[GameId, datetime],
    probe: Probe,
) -> Iterator[PlaySession]:
    """Yield the new sessions. `covered`: up to when sessions hold what was played."""
    previous_at = probe.previous_at
    if previous_at is None:
        return
    for game_id, at in played.items():
        known = [moment for moment in (dates.get(game_id), covered.get(game_id)) if moment]
        if _is_new(at, previous_at) and all(at > moment for moment in known):
            since = _started_after(at, max(known, default=None), previous_at, probe)
            yield PlaySession(game_id, since, at, at, _may_go_on(at, probe), probe.after_gap)


def _started_after(
    played_at: datetime, last_played_at: datetime | None, previous_at: datetime, probe: Probe
) -> datetime:
    """Return up to when it is known that the session had not begun."""
    if last_played_at is None:
        return previous_at - QUEUE_LAG
    if _goes_on(last_played_at, played_at, previous_at, probe):
        # A probe showed a pause, in which the client may just have reported nothing, or none came for long:
        # the time in between counts for the most that was played, and not for the least.
        return last_played_at
    return max(last_played_at, previous_at - QUEUE_LAG)
