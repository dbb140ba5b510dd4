"""The figures of one month, as they are printed and written as JSON."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .delays import Delays, Figures, figures, measure_delays, promise
from .presence import Absence, Found, Gaps, compare_gaps, compare_sessions
from .scenario import DAY, EVERY, START, moment
from .simulate import Outcome
from .sums import Sums, replay
from .traffic import Traffic, traffic_of

EXAMPLES = 8


@dataclass
class Result:
    """What was measured. `promised`: within which time each kind of change is stored."""

    seed: int
    games: int
    traffic: Traffic
    delays: dict[str, Figures]
    promised: dict[str, timedelta]
    changes: Delays
    gaps: Gaps
    sessions: Found | None
    sums: Sums
    outcomes: dict[str, int]
    rejections: dict[str, int]
    seconds: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)

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
            "delays_in_minutes": {
                kind: asdict(one) | {"promised": self.promised[kind].total_seconds() / 60}
                for kind, one in self.delays.items()
            },
            "undone": self.changes.undone,
            "pending": self.changes.pending,
            "lost": len(self.changes.lost),
            "invented": len(self.changes.invented),
            "examples": [*self.changes.lost[:EXAMPLES], *self.changes.invented[:EXAMPLES]],
            "account_gaps_invented": len(self.gaps.account),
            "target_gaps_invented": self.gaps.targets,
            "gaps_reported": self.gaps.reported,
            "gaps_unreported": [f"{begin} to {end}" for begin, end in self.gaps.unreported],
            "sessions": None if self.sessions is None else asdict(self.sessions),
            "sums": asdict(self.sums),
            "runs": self.outcomes,
            "rejections": self.rejections,
            "seconds": round(self.seconds, 1),
            **self.extra,
        }


def result_of(outcome: Outcome, *, polls_all: bool = False) -> Result:
    """Measure a month."""
    scenario, record, stored = outcome.scenario, outcome.record, outcome.stored
    end, absences = moment(scenario.days), absences_of(outcome)
    delays = measure_delays(record.states, stored.rows, end, polls_all=polls_all, waived=absences)
    summed = {game: states for game, states in record.states.items() if game not in outcome.events}
    return Result(
        scenario.seed,
        scenario.games,
        traffic_of(outcome.log, scenario.days),
        {kind: figures(found) for kind, found in sorted(delays.by_kind.items())},
        {kind: promise(kind, polls_all=polls_all) for kind in delays.by_kind},
        delays,
        compare_gaps(stored.gaps, absences),
        sessions_of(outcome, end),
        replay(summed, stored.rows, record.checks, START + DAY),
        dict(Counter(str(report.outcome) for report in outcome.reports)),
        stored.rejections,
    )


def absences_of(outcome: Outcome) -> list[Absence]:
    spans = [*outcome.scenario.outages, *outcome.scenario.pauses]
    return sorted((moment(begin), moment(end)) for begin, end in spans)


def sessions_of(outcome: Outcome, end: datetime) -> Found | None:
    if outcome.stored.sessions is None:
        return None
    return compare_sessions(outcome.record.sessions, outcome.stored.sessions, START + EVERY, end)
