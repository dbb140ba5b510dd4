"""After the call: what was seen, whether to believe it, and when to look again. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.model.decision import Decision, Judgement, Reason, Rejection, Series, Standing, Verdict
from syncer.core.model.progress import Answer, Progress, Unreadable
from syncer.core.model.schedule import Schedule

from .batching import LONGEST_BACK_OFF

TIME_SYNC = timedelta(minutes=2)
TICK = timedelta(milliseconds=1)
CLOCKS_AGREE = timedelta(minutes=10)
FAR_AHEAD = timedelta(days=1)
ASK_AGAIN = timedelta(minutes=10)
SUSPICION_RESTS = timedelta(hours=6)  # after this, a suspicion joins the back-off
ENOUGH = {  # how long, and how many looks, an equal suspicion must last to be believed
    Reason.SUSPECT_ZERO: (timedelta(minutes=10), 2),
    Reason.HARDCORE_ABOVE_ALL: (timedelta(minutes=10), 2),
    Reason.MASS_DROP: (timedelta(hours=6), 3),
}


@dataclass(frozen=True, slots=True)
class Look:
    """When we looked (UTC, the answer read to the end), in a run that started at `started_at`."""

    at: datetime
    started_at: datetime
    schedule: Schedule
    gap_after: timedelta

    @property
    def promised(self) -> datetime:
        """When the next look is promised; one that a long run has overtaken moves on."""
        promised = self.schedule.next(self.started_at)
        return promised if promised > self.at else self.schedule.next(self.at)


def judge(standings: Sequence[Standing], answer: Answer, look: Look) -> Judgement:
    """One decision per target that was asked for; or none, when the clock cannot be trusted."""
    if clock_is_wrong(standings, answer, look):
        return Judgement(look.at, refused=Rejection(Reason.CLOCK, _clocks(answer)))
    dropped = is_mass_drop(standings, answer)
    return Judgement(look.at, tuple(_judge_one(standing, answer, look, dropped) for standing in standings))


def failed(standings: Sequence[Standing], look: Look) -> Judgement:
    """The batch was at fault: each of its targets misses once."""
    return Judgement(look.at, tuple(_missed(s, look, Verdict.FAILED) for s in standings))


def clock_is_wrong(standings: Sequence[Standing], answer: Answer, look: Look) -> bool:
    """Behind what we have stored, or far ahead of it while the site disagrees (design.md section 3)."""
    if any(s.open and look.at < s.open.last_seen_at - TIME_SYNC for s in standings):
        return True
    apart = abs(answer.date - look.at) if answer.date else timedelta(0)
    if apart <= CLOCKS_AGREE:
        return False
    # A first look has no promise to be measured by: then only a day of disagreement counts.
    return any(
        look.at > s.target.expected_at + FAR_AHEAD if s.target.expected_at else apart > FAR_AHEAD
        for s in standings
    )


def is_mass_drop(standings: Sequence[Standing], answer: Answer) -> bool:
    """At least three games, and half of those that had achievements, fall to none in one answer."""
    had = [s for s in standings if s.open and s.open.progress.num_achieved > 0]
    had = [s for s in had if isinstance(answer.games.get(s.target.game_id), Progress)]
    fell = [s for s in had if answer.games[s.target.game_id].num_achieved == 0]  # type: ignore[union-attr]
    return len(fell) >= 3 and len(fell) * 2 >= len(had)


def suspicion(seen: Progress, last: Progress | None, dropped: bool) -> Reason | None:
    """Why a number that differs from the last one is not believed at first sight."""
    if dropped:
        return Reason.MASS_DROP
    if not any(seen.numbers()) and last and last.num_possible_achievements > 0:
        return Reason.SUSPECT_ZERO
    if seen.num_achieved_hardcore > seen.num_achieved or seen.score_achieved_hardcore > seen.score_achieved:
        return Reason.HARDCORE_ABOVE_ALL
    return None


def _judge_one(standing: Standing, answer: Answer, look: Look, dropped: bool) -> Decision:
    seen = answer.games.get(standing.target.game_id)
    if seen is None:
        return _missed(standing, look, Verdict.MISSING, Reason.MISSING)
    if isinstance(seen, Unreadable):
        return _missed(standing, look, Verdict.UNREADABLE, Reason.UNREADABLE, seen.raw)
    last = standing.open.progress if standing.open else None
    if seen == last:
        return _believed(standing, look, seen)
    reason = suspicion(seen, last, dropped)
    if reason is None:
        return _believed(standing, look, seen)
    return _doubted(standing, look, seen, reason)


def _believed(standing: Standing, look: Look, seen: Progress, confirms: Series | None = None) -> Decision:
    target, last = standing.target, standing.open
    late = target.expected_at is not None and look.at > target.expected_at + look.gap_after
    if last is None:
        verdict = Verdict.NEW
    elif seen != last.progress:
        verdict = Verdict.CHANGED
    else:
        verdict = Verdict.RESUMED if late else Verdict.SAME
    return Decision(
        target.game_id,
        verdict,
        stamp(standing, look.at),
        due_at=look.promised,
        misses=0,
        expected_at=look.promised,
        progress=seen,
        after_gap=late and verdict is not Verdict.NEW,
        confirms=confirms.id if confirms else None,
        ends=standing.series.id if standing.series and not confirms else None,
    )


def stamp(standing: Standing, at: datetime) -> datetime:
    """Later than the last look, though time sync may have set the clock back a little."""
    return max(at, standing.open.last_seen_at + TICK) if standing.open else at


def _doubted(standing: Standing, look: Look, seen: Progress, reason: Reason) -> Decision:
    raw = json.dumps(seen.numbers())
    series = _continued(standing, reason, raw)
    if series and is_confirmed(series, look.at):
        return _believed(standing, look, seen, confirms=series)
    if series and look.at - series.first_seen_at > SUSPICION_RESTS:
        return _missed(standing, look, Verdict.SUSPECT, reason, raw)
    again = min(ASK_AGAIN, look.schedule.interval)
    rejection = Rejection(reason, raw, series.id if series else None)
    target = standing.target
    return Decision(
        target.game_id, Verdict.SUSPECT, look.at, look.at + again, target.misses, rejection=rejection
    )


def is_confirmed(series: Series, at: datetime) -> bool:
    """Whether one more equal look at `at` makes the series long enough to be believed."""
    lasting, looks = ENOUGH[series.reason]
    return at - series.first_seen_at >= lasting and series.looks + 1 >= looks


def _continued(standing: Standing, reason: Reason, raw: str) -> Series | None:
    """The standing series, if this look is one more of the same."""
    series = standing.series
    return series if series and (series.reason, series.raw) == (reason, raw) else None


def _missed(
    standing: Standing, look: Look, verdict: Verdict, reason: Reason | None = None, raw: str = ""
) -> Decision:
    target = standing.target
    misses = target.misses + 1
    series = _continued(standing, reason, raw) if reason else None
    return Decision(
        target.game_id,
        verdict,
        look.at,
        due_at=look.at + back_off(look.schedule.interval, misses),
        misses=misses,
        rejection=Rejection(reason, raw, series.id if series else None) if reason else None,
    )


def back_off(interval: timedelta, misses: int) -> timedelta:
    """interval · 2^misses, six hours at most."""
    return min(interval * (1 << min(misses, 16)), LONGEST_BACK_OFF)


def _clocks(answer: Answer) -> str:
    """Evidence of a clock fault. Without our own time: equal faults make one series."""
    return f"{len(answer.games)} games not recorded: our clock disagrees with what is stored or with the site"
