"""The figures of one month, as they are printed and written as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from .delays import GAP_AFTER, SLACK, Absence, Delays, Figures, figures, measure_delays, promise
from .presence import Found, Gaps, compare_gaps, compare_sessions
from .scenario import DAY, EVERY, HOUR, START, moment
from .simulate import Outcome
from .site import Sent
from .sums import Sums, replay
from .traffic import Traffic, traffic_of

EXAMPLES = 8
ABOUT_PLAYER = ("GetUserProgress", "GetUserRecentlyPlayedGames", "GetUserRankAndScore", "GetUserPoints")


@dataclass(frozen=True)
class AccountReset:
    """What it cost to accept that the account was reset; hours None: it was not accepted."""

    hours: float | None
    requests: int
    games: int  # that are stored with nothing unlocked
    fallen: int  # that had something


@dataclass
class Result:
    """What was measured. `promised`: within which time each kind of change is stored.

    `slack`: what may be later than promised without a gap.
    """

    seed: int
    games: int
    slack: timedelta
    traffic: Traffic
    delays: dict[str, Figures]
    promised: dict[str, timedelta]
    changes: Delays
    gaps: Gaps
    sessions: Found | None
    sums: Sums
    outcomes: dict[str, int]
    rejections: dict[str, int]
    early: int  # runs before the moment that was named for them
    account_reset: AccountReset | None
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for a JSON document, with some examples of what is wrong."""
        t = self.traffic
        return {
            "seed": self.seed,
            "games": self.games,
            "requests_a_day": round(t.mean(), 1),
            "requests_on_any_day": t.highest(),
            "requests_on_the_first_day": sum(t.days[0].values()),
            "requests_by_kind": {kind: round(mean, 2) for kind, mean in t.by_kind().items()},
            "requests_by_day": [dict(day) for day in t.days],
            "most_requests_in_a_minute": t.most_in_a_minute,
            "bytes_a_day": round(t.bytes_a_day()),
            "bytes_by_kind": {kind: round(mean) for kind, mean in t.bytes_by_kind().items()},
            "delays_in_minutes": {
                kind: asdict(one) | {"promised": self.promised[kind].total_seconds() / 60}
                for kind, one in self.delays.items()
            },
            "undone": self.changes.undone,
            "pending": self.changes.pending,
            "stored_after_an_absence": self.changes.over_absence,
            "lost": len(self.changes.lost),
            "invented": len(self.changes.invented),
            "examples": [*self.changes.lost[:EXAMPLES], *self.changes.invented[:EXAMPLES]],
            "changes_of_sums_after_90_minutes": self.changes.late,
            "account_gaps_invented": len(self.gaps.account),
            "target_gaps_invented": self.gaps.targets,
            "games_that_were_late": self.gaps.late[:EXAMPLES],
            "gaps_reported": self.gaps.reported,
            "gaps_unreported": [f"{begin} to {end}" for begin, end in self.gaps.unreported],
            "sessions": None if self.sessions is None else asdict(self.sessions),
            "sums": asdict(self.sums),
            "runs": self.outcomes,
            "rejections": self.rejections,
            "seconds": round(self.seconds, 1),
            "early_runs": self.early,
            "account_reset": None if self.account_reset is None else asdict(self.account_reset),
        }


def result_of(outcome: Outcome, *, polls_all: bool = False) -> Result:
    """Measure a month."""
    scenario, record, stored = outcome.scenario, outcome.record, outcome.stored
    end, absences = moment(scenario.days), absences_of(outcome)
    slack = SLACK + (GAP_AFTER if scenario.failing else timedelta(0))
    delays = measure_delays(
        record.states, stored.rows, end, polls_all=polls_all, absences=absences, slack=slack
    )
    summed = {game: states for game, states in record.states.items() if game not in outcome.events}
    return Result(
        scenario.seed,
        scenario.games,
        slack,
        traffic_of(outcome.log, scenario.days, outcome.fruitless),
        {kind: figures(found) for kind, found in sorted(delays.by_kind.items())},
        {kind: promise(kind, polls_all=polls_all) for kind in delays.by_kind},
        delays,
        compare_gaps(stored.gaps, absences, silences(outcome.log)),
        sessions_of(outcome, end),
        replay(summed, stored.rows, record.checks, START + DAY),
        dict(Counter(str(report.outcome) for report in outcome.reports)),
        stored.rejections,
        len(outcome.early),
        account_reset(outcome),
    )


def account_reset(outcome: Outcome) -> AccountReset | None:
    if outcome.scenario.account_reset is None:
        return None
    at, games = moment(outcome.scenario.account_reset), outcome.record.states
    had = [game for game, states in games.items() if any(s.numbers[2] for s in states if s.at < at)]
    rows = outcome.stored.rows
    zeros = [
        next((row.first for row in rows.get(game, ()) if row.first >= at and not row.numbers[2]), None)
        for game in had
    ]
    found = [zero for zero in zeros if zero]
    accepted = min(found, default=None)
    sent = sum(at <= one.at and (accepted is None or one.at <= accepted) for one in outcome.log)
    hours = (accepted - at) / HOUR if accepted else None
    return AccountReset(hours, sent, len(found), len(had))


def absences_of(outcome: Outcome) -> list[Absence]:
    spans = [*outcome.scenario.outages, *outcome.scenario.pauses]
    return sorted((moment(begin), moment(end)) for begin, end in spans)


def silences(log: Sequence[Sent]) -> list[Absence]:
    """Return the times without a good answer about the account that are long enough for a gap."""
    answered = [one.at for one in log if one.status == 200 and one.endpoint in ABOUT_PLAYER]
    return [(begin, end) for begin, end in pairwise(answered) if end - begin > EVERY + GAP_AFTER]


def sessions_of(outcome: Outcome, end: datetime) -> Found | None:
    if outcome.stored.sessions is None:
        return None
    return compare_sessions(outcome.record.sessions, outcome.stored.sessions, START + EVERY, end)
