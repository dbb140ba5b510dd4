"""Gauges, read at each scrape: the database, the request budgets and the daemon's jobs."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from syncer.core.errors import SyncerError
from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.core.ratelimit.budget import burst_left, wait_time

if TYPE_CHECKING:
    from syncer.core.monitoring.cluster import ClusterReport

logger = logging.getLogger("syncer")


class Gauges(Collector):
    """The gauges of one scrape. `report` reads the health; `stalled_jobs` counts the daemon's jobs.

    `cluster` reads the state of the cluster; None: there is none.
    """

    def __init__(
        self,
        report: Callable[[], HealthReport],
        stalled_jobs: Callable[[], int],
        cluster: "Callable[[], ClusterReport] | None" = None,
    ) -> None:
        self._report, self._stalled_jobs, self._cluster = report, stalled_jobs, cluster

    def describe(self) -> Iterable[Metric]:
        """Return nothing: otherwise the registry would collect, and read the database, to learn the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges. If the database is unreadable, export `syncer_database_up 0` instead of them."""
        # First, because it needs no database: a job may be stalled just because of it.
        stalled = self._stalled_jobs()
        yield GaugeMetricFamily("syncer_jobs_stalled", "Players whose job is stalled", value=stalled)
        try:
            report, cluster = self._report(), self._cluster() if self._cluster else None
        except SyncerError as error:
            # At debug level: each scrape would repeat it, and syncer_database_up is what an alert uses.
            logger.debug("no gauges: %s", error.message)
            yield GaugeMetricFamily("syncer_database_up", "Whether the database can be read", value=0)
            return
        yield GaugeMetricFamily("syncer_database_up", "Whether the database can be read", value=1)
        yield GaugeMetricFamily("syncer_database_size_bytes", "Size of all its files", value=report.size)
        yield from player_gauges(report)
        yield from budget_gauges(report)
        yield from cluster_gauges(cluster) if cluster else ()


def cluster_gauges(cluster: "ClusterReport") -> Iterator[Metric]:
    """Yield the gauges of a cluster."""
    jobs = GaugeMetricFamily("syncer_cluster_jobs", "Jobs in the queue", labels=["state"])
    for state, count in cluster.jobs.items():
        jobs.add_metric([state], count)
    yield jobs
    for name, text, value in (
        ("oldest_due_seconds", "Since when a player waits for a worker", cluster.oldest_due_seconds or 0),
        ("workers", "Workers that are alive", cluster.workers),
        ("planner", "Whether a planner is running", cluster.has_planner),
        ("players_set_aside", "Players who are not polled any more", len(cluster.set_aside)),
    ):
        yield GaugeMetricFamily(f"syncer_cluster_{name}", text, value=value)


def player_gauges(report: HealthReport) -> Iterator[Metric]:
    """Yield the gauges of the players' health."""
    now, players = report.at, report.players

    def gauge(name: str, text: str, value: Callable[[PlayerHealth], float | None]) -> Metric:
        return gauge_by_player(name, text, ((health.player, value(health)) for health in players))

    yield gauge("syncer_last_poll_age_seconds", "Since the last accepted poll", lambda p: p.age(now))
    yield gauge("syncer_player_fresh", "Polled as promised", lambda p: p.is_fresh(now))
    yield gauge("syncer_targets", "Games that are followed", lambda p: p.targets)
    yield gauge("syncer_targets_due", "Games that are due now", lambda p: p.due)
    yield gauge("syncer_targets_overdue", "Games so late that a gap follows", lambda p: p.overdue)
    yield gauge("syncer_targets_failing", "Games whose last poll failed", lambda p: p.failing)
    yield gauge(
        "syncer_oldest_poll_seconds", "Since the oldest last poll of a game", lambda p: p.oldest_age(now)
    )
    yield promised_gauge(players)
    yield points_gauge(players)


def points_gauge(players: Iterable[PlayerHealth]) -> Metric:
    """Return the gauge of points that the account has and our sums lack; below 0: they have more."""
    name, text = "syncer_points_unexplained", "Points of the account that the games do not have"
    family = GaugeMetricFamily(name, text, labels=["player", "mode"])
    for health in players:
        if points := health.unexplained:
            family.add_metric([health.player, "hardcore"], points.hardcore)
            family.add_metric([health.player, "softcore"], points.softcore)
    return family


def promised_gauge(players: Iterable[PlayerHealth]) -> Metric:
    """Return how soon the next poll of each account, and of each game, is promised."""
    text = "How soon the next poll is promised"
    family = GaugeMetricFamily("syncer_promised_seconds", text, labels=["player", "scope"])
    for player in players:
        for scope, seconds in (("account", player.promised_seconds), ("target", player.target_seconds)):
            if seconds is not None:
                family.add_metric([player.player, scope], float(seconds))
    return family


def budget_gauges(report: HealthReport) -> Iterator[Metric]:
    """Yield the gauges of the request budgets."""
    now, limits, budgets = report.at, report.limits, report.budgets
    waits = {player: wait_time(budget, now, limits).total_seconds() for player, budget in budgets.items()}
    left = {player: burst_left(budget, now, limits) for player, budget in budgets.items()}
    refused = {player: budget.refused_at is not None for player, budget in budgets.items()}
    yield gauge_by_player("syncer_budget_requests", "Requests that may be sent at once", left.items())
    yield gauge_by_player("syncer_budget_wait_seconds", "Until the next request may be sent", waits.items())
    yield gauge_by_player("syncer_key_refused", "Whether the site refuses the key", refused.items())


def gauge_by_player(name: str, text: str, values: Iterable[tuple[str, float | None]]) -> Metric:
    """Return a gauge with a value for each player that has one."""
    family = GaugeMetricFamily(name, text, labels=["player"])
    for player, value in values:
        # No sample instead of 0: a player who was never polled has no age.
        if value is not None:
            family.add_metric([player], float(value))
    return family
