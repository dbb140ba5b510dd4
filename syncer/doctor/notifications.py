"""Check of notifications: whether they are delivered."""

from datetime import timedelta

from syncer.core.formats.text import pluralize
from syncer.store.read.base import Row

from .context import CheckContext
from .result import UNREADABLE, CheckResult, combine, ok, warn

RECENT_WINDOW = timedelta(days=7)
MAX_WAIT = timedelta(hours=1)
HINT = "syncer notify test"


def notifications(context: CheckContext) -> CheckResult:
    """Check for messages that were given up recently or have been waiting for long."""
    services = context.app.config.services
    if not services:
        return ok("not used: [notify] urls is empty")
    if not context.is_readable:
        return ok(UNREADABLE)
    now = context.app.clock.now()
    rows = context.app.queries.outbox.undelivered(now - RECENT_WINDOW, now - MAX_WAIT)
    found = [warn(_describe(row), HINT) for row in rows]
    return combine(found, f"{pluralize(len(services), 'service')}, no message is late")


def _describe(row: Row) -> str:
    given_up = f"{pluralize(row['given_up'], 'message')} given up" if row["given_up"] else ""
    waiting = f"{pluralize(row['waiting'], 'message')} waiting" if row["waiting"] else ""
    counts = ", ".join(filter(None, (given_up, waiting)))
    return f"{row['service']}: {counts} ({row['error'] or 'no attempt yet'})"
