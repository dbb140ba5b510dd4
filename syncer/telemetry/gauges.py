"""What is read at each scrape: of the database, of the budget, of the daemon's jobs."""

import logging
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from syncer.core.errors import SyncerError
from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.core.ratelimit.budget import burst_left, wait_time

logger = logging.getLogger("syncer")


class Gauges(Collector):
    """Of a database that cannot be read nothing is told but that."""

    def __init__(self, ask: Callable[[], HealthReport], stuck: Callable[[], int]) -> None:
        self._ask, self._stuck = ask, stuck

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked while we are registered."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("syncer_jobs_stuck", "Players whose job gives no sign", value=self._stuck())
        try:
            vitals = self._ask()
        except SyncerError as error:
            logger.debug("no gauges: %s", error.message)
            yield GaugeMetricFamily("syncer_database_up", "Whether the database can be read", value=0)
            return
        yield GaugeMetricFamily("syncer_database_up", "Whether the database can be read", value=1)
        yield GaugeMetricFamily("syncer_database_size_bytes", "All its files", value=vitals.size)
        yield from of_players(vitals)
        yield from of_budgets(vitals)


def of_players(vitals: HealthReport) -> Iterator[Metric]:
    now, pulses = vitals.at, vitals.players

    def gauge(name: str, said: str, value: Callable[[PlayerHealth], float | None]) -> Metric:
        return family(name, said, ((pulse.player, value(pulse)) for pulse in pulses))

    yield gauge("syncer_last_look_age_seconds", "Since the last believed look", lambda p: p.age(now))
    yield gauge("syncer_player_fresh", "Looked at within three intervals", lambda p: p.is_fresh(now))
    yield gauge("syncer_targets", "Games that are followed", lambda p: p.targets)
    yield gauge("syncer_targets_due", "Games to be asked about now", lambda p: p.due)
    yield gauge("syncer_targets_overdue", "Games so late that a gap follows", lambda p: p.overdue)
    yield gauge("syncer_targets_failing", "Games whose last answer was none", lambda p: p.failing)


def of_budgets(vitals: HealthReport) -> Iterator[Metric]:
    now, limits, budgets = vitals.at, vitals.limits, vitals.budgets
    waits = {player: wait_time(budget, now, limits).total_seconds() for player, budget in budgets.items()}
    spare = {player: burst_left(budget, now, limits) for player, budget in budgets.items()}
    refused = {player: budget.refused_at is not None for player, budget in budgets.items()}
    yield family("syncer_budget_requests", "Requests that may leave at once", spare.items())
    yield family("syncer_budget_wait_seconds", "Until the next request may leave", waits.items())
    yield family("syncer_key_refused", "Whether the site refuses the key", refused.items())


def family(name: str, said: str, values: Iterable[tuple[str, float | None]]) -> Metric:
    """One value for each player, where there is one."""
    made = GaugeMetricFamily(name, said, labels=["player"])
    for player, value in values:
        if value is not None:
            made.add_metric([player], float(value))
    return made
