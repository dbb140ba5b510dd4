"""The word beside a player's name: whether what the page shows can be relied on, and whom nobody knows.

It never says better things than /readyz: fresh is what core/vitals.py calls so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from syncer.core.formats.text import pluralize
from syncer.core.monitoring.health import PlayerHealth
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import Queries

RETRY_WINDOW = timedelta(hours=2)  # a daemon tries such a player once an hour
OUTCOMES = {"failed": ("last run failed", "bad"), "deferred": ("waiting for the site", "site")}


def is_fresh(queries: Queries, who: PlayerRef, now: datetime) -> bool:
    """Looked at within three intervals."""
    looked, interval = queries.players.last_poll(who.id), queries.players.longest_interval(who.id)
    return PlayerHealth(who.config_name or who.ulid, who.username, looked, interval).is_fresh(now)


def key_refused(queries: Queries, run: Row | None) -> bool:
    """A key is refused, and this player's last run did not come through: it may be theirs."""
    came_through = run is not None and run["outcome"] == "ok"
    return not came_through and any(budget.refused_at for budget in queries.storage.request_budgets())


def status_label(queries: Queries, who: PlayerRef, now: datetime, status: Row) -> tuple[str, str]:
    """In a few words, and their mood."""
    run = status["last_run"]
    if not status["targets"]:
        return "not followed", ""
    if key_refused(queries, run):
        return "key refused", "bad"
    if not status["last_poll_at"]:
        return OUTCOMES.get(run["outcome"] if run else "", ("waiting for the first look", ""))
    for word in ("overdue", "failing"):
        if status[word]:
            return f"{pluralize(status[word], 'game')} {word}", "bad"
    if not is_fresh(queries, who, now):
        return "no look within three intervals", "bad"
    return OUTCOMES.get(run["outcome"] if run else "", ("up to date", "good"))


def unresolved_player_failure(queries: Queries, everybody: Sequence[PlayerRef], now: datetime) -> Row | None:
    """The last run that failed before its player was known; none once it is old, or somebody came to be."""
    run = queries.runs.last(None)
    if run is None or not run["error"]:
        return None
    failed = run["started_at"]
    looks = [look for who in everybody if (look := queries.players.first_poll(who.id))]
    is_over = (looks and max(looks) > failed) or (everybody and now - failed > RETRY_WINDOW)
    return None if is_over else run
