"""The metrics registry and its exposition to Prometheus."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Info, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector

from syncer import __version__
from syncer.core.events import Event
from syncer.core.monitoring.health import HealthReport

from .counters import RequestMetrics, RunMetrics
from .gauges import Gauges

if TYPE_CHECKING:
    from syncer.core.monitoring.cluster import ClusterReport


class Registry(CollectorRegistry):
    """A registry without the `_created` samples, which double the number of counters."""

    def collect(self) -> Iterable[Metric]:
        """Yield all metrics."""
        for family in super().collect():
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family


class Metrics:
    """All metrics of an App, in a registry that no other App shares. An event handler.

    `players`: as configured. `report`: reads the health at each scrape; may raise StoreError.
    `stalled_jobs`: returns how many of the daemon's jobs are stalled. `cluster`: reads the state of the
    cluster at each scrape; None: there is none.
    """

    def __init__(
        self,
        players: Sequence[str],
        report: Callable[[], HealthReport],
        stalled_jobs: Callable[[], int] = lambda: 0,
        cluster: "Callable[[], ClusterReport] | None" = None,
    ) -> None:
        self.registry = Registry()
        self._runs, self._requests = RunMetrics(self.registry), RequestMetrics(self.registry)
        Info("syncer_build", "The version", registry=self.registry).info({"version": __version__})
        ProcessCollector(namespace="syncer", registry=self.registry)
        # A collector and not gauges that events set: another process may write the database.
        self.registry.register(Gauges(report, stalled_jobs, cluster))
        self.register_players(players)

    def register_players(self, players: Sequence[str]) -> None:
        """Add the counters of the players that are configured now; those of others stay."""
        for player in players:
            self._runs.register_player(player)

    def __call__(self, event: Event) -> None:
        """Count an event."""
        self._runs(event)
        self._requests(event)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in a format that the Accept header allows, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type
