"""The metrics of a process, where they are wanted."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from syncer.app import App

from .health import read_health_report

if TYPE_CHECKING:
    from syncer.telemetry.metrics import Metrics


def metrics_of(app: App, holds: Callable[[], App], stuck: Callable[[], int] = lambda: 0) -> "Metrics | None":
    """`holds`: the App whose configuration holds now. `stuck`: how many of the daemon's jobs are."""
    if not app.config.metrics:
        return None
    from syncer.telemetry.metrics import Metrics

    return Metrics([entry.label for entry in app.config.players], lambda: read_health_report(holds()), stuck)
