"""The health report that `health`, /readyz and the metrics show."""

from syncer.app import App
from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.store.db.revision import require_current


def read_health_report(app: App) -> HealthReport:
    """Return the health of all players, those included that are configured and were never polled.

    Raises StoreError.
    """
    # Here and not only at start: another version may upgrade the database while the pages are served.
    require_current(app.database)
    now, entries = app.clock.now(), app.config.players
    known = app.queries.health.player_health(now, app.config.gap_after)
    # A player is stored with its first profile; one that was never resolved must be unhealthy, too.
    unpolled = [entry.label for entry in entries if not app.queries.players.find(entry.username, entry.ulid)]
    players = (*known, *(PlayerHealth(label, label) for label in unpolled))
    budgets = {entry.label: app.budget_store(entry.key.reveal()).read() for entry in entries}
    return HealthReport(now, players, app.queries.storage.size(), budgets, app.rate_limits)
