"""Checks of the database: it opens, has the right schema, is intact, and holds no future times."""

import os
from shlex import quote

from syncer.core.clock import CLOCK_TOLERANCE
from syncer.core.errors import StoreError
from syncer.core.formats.text import pluralize
from syncer.core.sync.clock_notice import SET_CLOCK
from syncer.store.admin.integrity import foreign_objects, invariant_violations
from syncer.store.db.revision import current, head

from .context import CheckContext
from .result import AGAIN, MAX_LISTED, UNREADABLE, CheckResult, fail, failed, ok, warn

RESTORE = "To list every problem: syncer db check. Stop the daemon, then: syncer db restore FILE"
UNREACHABLE = f"Start the database, or correct [database] url, {AGAIN}"


def database(context: CheckContext) -> CheckResult:
    """Check whether the database can be opened."""
    app, revision = context.app, context.revision
    if isinstance(revision, StoreError):
        if "folder" in context.not_ok:  # which has named the reason
            return ok(UNREADABLE)
        return failed(revision, UNREACHABLE if revision.hint == StoreError.hint else "")
    path = app.database.path
    # Reading works without the permission to write, but no poll could be stored.
    if path and revision and not os.access(path, os.W_OK):
        return fail(f"{path} can be read, but not written", f"chmod u+w {quote(str(path))}", 69)
    if revision is None:
        return ok(f"{app.database.name} has no history yet")
    return ok(f"{app.database.name}, {app.queries.storage.size() / 1e6:,.1f} MB")


def schema(context: CheckContext) -> CheckResult:
    """Check the revision. Raises DatabaseIncompatible if a newer version wrote it."""
    app, revision, needed = context.app, context.revision, head()
    if isinstance(revision, StoreError):
        return ok(UNREADABLE)
    if revision == needed:
        return ok(f"revision {revision}")
    # Raises for a newer version's revision, and for a schema that is not as its revision makes it.
    current(app.database)
    if app.config.auto_upgrade:
        return ok(f"revision {revision or 'none'}; the next start upgrades it to {needed}")
    return fail(f"revision {revision or 'none'}, this version needs {needed}", "syncer db upgrade", 78)


def integrity(context: CheckContext) -> CheckResult:
    """Check the integrity of the file and the invariants of the history."""
    if context.revision != head():
        return ok(context.unchecked)
    problems = context.damage or invariant_violations(context.app.database)
    if problems:
        return fail("; ".join(problems[:MAX_LISTED]), RESTORE, 65)
    foreign = foreign_objects(context.app.database)
    return ok(f"no errors found{'; made by others: ' + ', '.join(foreign) if foreign else ''}")


def future_times(context: CheckContext) -> CheckResult:
    """Check for snapshots in the future: polls follow them closely until the present has passed them."""
    if context.unchecked:
        return ok(context.unchecked)
    now = context.app.clock.now()
    count, first, last = context.app.queries.diagnostics.snapshots_after(now + CLOCK_TOLERANCE)
    if first and last:
        moments = " to ".join(dict.fromkeys(f"{moment:%Y-%m-%d %H:%M}" for moment in (first, last)))
        what = f"{pluralize(count, 'game')} were polled in the future, by a fast clock: {moments} UTC"
        hint = f"{SET_CLOCK}; if it is right: polls go on, stamped just after these until then"
        return warn(what, hint)
    return ok("no snapshot is in the future")
