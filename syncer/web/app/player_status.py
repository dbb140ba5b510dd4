"""The label next to a player's name: whether its data is up to date.

It is never better than /readyz: both take "fresh" from core/monitoring/health.py.
"""

from datetime import datetime, timedelta

from syncer.core.formats.text import pluralize
from syncer.store.read.base import Row
from syncer.store.read.queries import Queries

RETRY_WINDOW = timedelta(hours=2)  # a daemon retries an unresolved player once an hour
OUTCOMES = {"failed": ("last run failed", "bad"), "deferred": ("waiting for the site", "site")}


def key_refused(queries: Queries, run: Row | None) -> bool:
    """Return whether a key is refused and this player's last run failed: it may be its key."""
    succeeded = run is not None and run["outcome"] == "ok"
    return not succeeded and any(budget.refused_at for budget in queries.storage.request_budgets().values())


def status_label(queries: Queries, status: Row, *, is_polled: bool) -> tuple[str, str]:
    """Return the label and its tone: good, bad, site or none. `is_polled`: nearly as promised.

    A game that is overdue for an hour, for which /readyz waits, is overdue.
    """
    run = status["last_run"]
    if not status["targets"]:
        return "not followed", ""
    # The causes come before their effects: a refused key makes all games overdue.
    if key_refused(queries, run):
        return "key refused", "bad"
    if not status["last_poll_at"]:
        return OUTCOMES.get(run["outcome"] if run else "", ("waiting for the first poll", ""))
    for problem in ("overdue", "failing"):
        if status[problem]:
            return f"{pluralize(status[problem], 'game')} {problem}", "bad"
    if not is_polled:
        return "not polled as promised", "bad"
    return OUTCOMES.get(run["outcome"] if run else "", ("up to date", "good"))


def unresolved_player_failure(queries: Queries, now: datetime, *, has_players: bool) -> Row | None:
    """Return the last run that failed before it resolved its player.

    None once a player was polled for the first time after it, or it is older than RETRY_WINDOW and others are
    stored: then the cause was removed.
    """
    run = queries.runs.unresolved_failure()
    if run is None or run["resolved_at"] or (has_players and now - run["started_at"] > RETRY_WINDOW):
        return None
    return run
