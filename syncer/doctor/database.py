"""What is stored: whole, of our schema, and from the past."""

import os
from shlex import quote

from syncer.core.clock import CLOCK_TOLERANCE
from syncer.core.errors import StoreError
from syncer.store.admin.integrity import invariant_violations
from syncer.store.db.revision import current, head, revisions

from .context import CheckContext
from .result import AGAIN, STATUS_LABELS, UNREAD, CheckResult, fail, failed, ok

RESTORE = "All of it: syncer db check. Nothing was changed; stop the daemon, then put a backup in its place"
UNREACHED = f"Start the database, or correct [database] url, {AGAIN}"


def database(patient: CheckContext) -> CheckResult:
    """Whether it can be opened."""
    app, found = patient.app, patient.opened
    if isinstance(found, StoreError):
        return failed(found, UNREACHED if found.hint == StoreError.hint else "")
    path = app.database.path
    if path and found and not os.access(path, os.W_OK):
        return fail(f"{path} can be read, but not written", f"chmod u+w {quote(str(path))}", 69)
    if found is None:
        return ok(f"{app.database.name} holds no history yet")
    return ok(f"{app.database.name}, {app.queries.storage.size() / 1e6:.1f} MB")


def revision(patient: CheckContext) -> CheckResult:
    """Raises DatabaseIncompatible for one that a newer version wrote."""
    app, found, wanted = patient.app, patient.opened, head()
    if isinstance(found, StoreError):
        return ok(UNREAD)
    if found == wanted:
        return ok(f"revision {found}")
    if found not in (None, *revisions()):
        current(app.database)
    if app.config.auto_upgrade:
        return ok(f"revision {found or 'none'}; the next start makes it {wanted}")
    return fail(f"revision {found or 'none'}, this version needs {wanted}", "syncer db upgrade", 78)


def rules(patient: CheckContext) -> CheckResult:
    """Integrity, and the rules that the history must obey."""
    if patient.opened != head():
        return ok(UNREAD)
    problems = patient.damage or invariant_violations(patient.app.database)
    if problems:
        return fail("; ".join(problems[:STATUS_LABELS]), RESTORE, 65)
    return ok("the history is sound")


def future(patient: CheckContext) -> CheckResult:
    """No look can be stored before the newest one that is."""
    if not patient.is_readable:
        return ok(UNREAD)
    now = patient.app.clock.now()
    count = patient.app.queries.diagnostics.snapshots_after(now + CLOCK_TOLERANCE)
    if count:
        hint = "Set the machine's clock: timedatectl set-ntp true; if it is right, wait, or restore a backup"
        return fail(f"{count} stretches lie in the future; until then nothing is stored for them", hint, 65)
    return ok("nothing lies in the future")
