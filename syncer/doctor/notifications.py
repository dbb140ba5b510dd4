"""Messages to people: do they arrive?"""

from datetime import timedelta

from syncer.core.formats.text import pluralize

from .context import CheckContext
from .result import UNREAD, CheckResult, combine, ok, warn

LATELY = timedelta(days=7)
LONG = timedelta(hours=1)
TRY = "syncer notify test"


def messages(patient: CheckContext) -> CheckResult:
    """Those that were given up of late, and those that have waited for long."""
    if not patient.app.config.services:
        return ok("nobody is told; [notify] urls is empty")
    if not patient.is_readable:
        return ok(UNREAD)
    now = patient.app.clock.now()
    rows = patient.app.queries.outbox.undelivered(now - LATELY, now - LONG)
    told = []
    for row in rows:
        given_up = f"{pluralize(row['given_up'], 'message')} given up" if row["given_up"] else ""
        waiting = f"{pluralize(row['waiting'], 'message')} waiting" if row["waiting"] else ""
        said = ", ".join(filter(None, (given_up, waiting)))
        told.append(warn(f"{row['service']}: {said} ({row['error'] or 'not tried yet'})", TRY))
    return combine(told, f"{pluralize(len(patient.app.config.services), 'service')}, no message is late")
