"""All metrics, in a registry of their own: two apps in one process do not meet."""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, Info, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector

from syncer import __version__
from syncer.core.events import Event
from syncer.core.monitoring.health import HealthReport

from .counters import RequestMetrics, RunMetrics
from .gauges import Gauges


class Registry(CollectorRegistry):
    """Without the birthdays of counters, which double their number and tell nothing of ours."""

    def collect(self) -> Iterable[Metric]:
        for family in super().collect():
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family


class Metrics:
    """A listener that counts, and an exposition of what was counted and of what is true now.

    `players`: as configured. `ask`: how the looking goes, at each exposition; may raise StoreError.
    `stuck`: how many of the daemon's jobs give no sign.
    """

    def __init__(
        self, players: Sequence[str], ask: Callable[[], HealthReport], stuck: Callable[[], int] = lambda: 0
    ) -> None:
        self.registry = Registry()
        self._looking, self._asking = RunMetrics(self.registry), RequestMetrics(self.registry)
        Info("syncer_build", "Which version this is", registry=self.registry).info({"version": __version__})
        ProcessCollector(namespace="syncer", registry=self.registry)
        self.registry.register(Gauges(ask, stuck))
        self.register_players(players)

    def register_players(self, players: Sequence[str]) -> None:
        """Who is configured now; those who were keep their numbers."""
        for player in players:
            self._looking.register_players(player)

    def __call__(self, event: Event) -> None:
        self._looking(event)
        self._asking(event)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """All of it in a form that the asker takes, and that form's name."""
        encode, kind = choose_encoder(accept)
        return encode(self.registry), kind
