"""The metrics of a process, if they are enabled."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from syncer.app import App

from .health import read_health_report

if TYPE_CHECKING:
    from syncer.telemetry.metrics import Metrics


def build_metrics(
    app: App, current_app: Callable[[], App], stalled: Callable[[], int] = lambda: 0
) -> "Metrics | None":
    """Return the metrics, or None if [metrics] enabled is false.

    `current_app`: the app with the newest configuration. `stalled`: how many players' runs are stalled.
    """
    if not app.config.metrics:
        return None
    # Imported here, so that commands without pages do not load prometheus_client.
    from syncer.telemetry.metrics import Metrics

    labels = [entry.label for entry in app.config.players]
    cluster = app.config.cluster
    read_cluster = partial(app.queries.cluster.report, cluster.dead_after) if cluster.enabled else None
    return Metrics(labels, lambda: read_health_report(current_app()), stalled, read_cluster)
