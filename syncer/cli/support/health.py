"""The health report that `health`, /readyz and the metrics show."""

from collections.abc import Iterator
from datetime import datetime

from syncer.app import App
from syncer.config import PlayerEntry
from syncer.core.backfill.unreadable import LISTING_UNREADABLE
from syncer.core.monitoring.health import HealthReport, PlayerHealth, Tolerance
from syncer.core.ratelimit.budget import RequestBudget
from syncer.store.db.revision import require_current
from syncer.store.request_budget import fingerprint, read_budgets

UNUSED = RequestBudget()


def read_health_report(app: App) -> HealthReport:
    """Return the health of all players, those included that are configured and were never polled.

    Raises StoreError.
    """
    # Here and not only at start: another version may upgrade the database while the pages are served.
    require_current(app.database)
    now, entries = app.clock.now(), app.config.players
    players = tuple(_players(app, now))
    stored = read_budgets(app.database)
    budgets = {entry.label: stored.get(fingerprint(entry.key.reveal()), UNUSED) for entry in entries}
    return HealthReport(now, players, app.queries.storage.size(), budgets, app.rate_limits)


def is_all_well(app: App) -> bool:
    """Return whether every player of a cluster is polled as promised, by runs that succeed.

    Raises StoreError.
    """
    if app.queries.health.has_failed_run() or app.queries.cluster.set_aside():
        return False
    now = app.clock.now()
    return all(player.is_fresh(now) for player in _players(app, now))


def _players(app: App, now: datetime) -> Iterator[PlayerHealth]:
    """Yield the health of all players, then of those that are configured and were never polled."""
    entries = app.config.players
    tolerance = Tolerance.of(app.config.schedule, app.config.gap_after)
    known = app.queries.health.player_health(now, tolerance)
    yield from known
    # A player is stored with its first profile; one that was never resolved must be unhealthy, too.
    polled = {player.player.lower() for player in known}
    for entry in entries:
        if entry.label.lower() not in polled and (found := _without_targets(app, entry)):
            yield found


def _without_targets(app: App, entry: PlayerEntry) -> PlayerHealth | None:
    """Return the health of a player of whom nothing is followed; None: that is no fault."""
    player = app.queries.players.find(entry.username, entry.ulid)
    if player is None:
        return PlayerHealth(entry.label, entry.label)
    if player.gone_at:
        return None
    if entry.played and app.queries.health.is_listing_unreadable(player.id):
        return PlayerHealth(
            entry.label, player.username, problem=f"{LISTING_UNREADABLE}; nothing is followed"
        )
    if app.queries.health.is_abandoned(player.id):
        return PlayerHealth(entry.label, player.username, problem="no game is followed any more")
    return None
