"""The bars that a month is measured against."""

from collections.abc import Iterator
from dataclasses import dataclass

from .delays import IN_PLAY, SEARCHED, SLACK
from .presence import Found
from .result import Result
from .traffic import FRUITLESS, WHOLE

BUDGET = 30  # requests in any sliding minute: the default of the configuration
MEAN = {10_000: 350, 1_000: 200, 100: 180}  # requests a day, by the games that are followed
HIGHEST = {10_000: 450}
ALLOWED_WHOLE = 40  # requests of a whole reading
ALLOWED_FRUITLESS = 130  # of a search that found nothing


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    goal: float
    at_least: bool = False

    @property
    def is_kept(self) -> bool:
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        return f"{self.name}: {self.value:g} ({sign} {self.goal:g}) {'ok' if self.is_kept else 'MISSED'}"


def bars(result: Result, budget: int = BUDGET) -> Iterator[Bar]:
    """Yield what is promised of a month, with what was measured."""
    yield from _traffic(result, budget)
    yield Bar("lost changes", len(result.changes.lost), 0)
    yield Bar("invented changes", len(result.changes.invented), 0)
    yield Bar("invented gaps of the account", len(result.gaps.account), 0)
    yield Bar("invented gaps of targets", result.gaps.targets, 0)
    yield Bar("absences without a gap", len(result.gaps.unreported), 0)
    yield from _delays(result)
    yield Bar("runs before the moment that was named", result.early, 0)
    if result.sessions is not None:
        yield from _sessions(result.sessions)
    if (reset := result.account_reset) is not None:
        yield Bar("requests until an account reset was accepted", reset.requests, 150)
        yield Bar("hours until it was accepted", reset.hours or 999, 7)
        yield Bar("games that are stored as reset, share", reset.games / reset.fallen, 0.99, at_least=True)


def _traffic(result: Result, budget: int) -> Iterator[Bar]:
    traffic = result.traffic
    yield Bar("requests in any minute", traffic.most_in_a_minute, budget)
    if len(traffic.days) < 2:
        return  # the first day is not measured
    lists = traffic.by_kind().get("unlock lists", 0) if result.games <= 100 else 0
    if result.games in MEAN:
        yield Bar("requests a day", round(traffic.mean() - lists, 1), MEAN[result.games])
    if result.games in HIGHEST:
        highest, apart = HIGHEST[result.games], (*WHOLE, FRUITLESS)
        name = "requests on any day, whole readings and searches that found nothing apart"
        yield Bar(name, traffic.highest_without(apart), highest)
        yield Bar("requests on any day", traffic.highest(), highest + ALLOWED_WHOLE + ALLOWED_FRUITLESS)
        fruitless = max(day.get(FRUITLESS, 0) for day in traffic.later)
        yield Bar("requests of searches that found nothing, on any day", fruitless, ALLOWED_FRUITLESS)


def _delays(result: Result) -> Iterator[Bar]:
    for kind, figures in result.delays.items():
        promised = (result.promised[kind] + result.slack).total_seconds() / 60
        yield Bar(f"{kind}: minutes at most", round(figures.highest, 1), promised)
    if result.slack == SLACK:
        yield from _typical_delays(result)


def _typical_delays(result: Result) -> Iterator[Bar]:
    searched = [result.delays[kind] for kind in SEARCHED if kind in result.delays]
    if count := sum(one.count for one in searched):
        share = sum(one.soon * one.count for one in searched) / count
        yield Bar("changes of sums within 90 minutes, share", round(share, 3), 0.95, at_least=True)
    for kind in IN_PLAY:
        if kind in result.delays:
            yield Bar(f"{kind}: 95 % in minutes", round(result.delays[kind].p95, 1), 15)


def _sessions(found: Found) -> Iterator[Bar]:
    yield Bar("sessions over 20 minutes found, share", round(found.share, 3), 0.99, at_least=True)
    yield Bar("days outside the range of played time", len(found.outside), 0)
