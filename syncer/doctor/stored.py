"""What is stored: whole, of our schema, and from the past."""

from datetime import timedelta

from syncer.store import schema

from .finding import Finding, Patient, fail, ok

TIME_SYNC = timedelta(minutes=2)
RESTORE = "Nothing was changed. Restore a backup, or keep the file and ask for help"


def database(patient: Patient) -> Finding:
    """Whether it can be opened. Raises StoreError."""
    app = patient.app
    if schema.current(app.database) is None:
        return ok(f"{app.database.name} is not there yet; the first syncer sync makes it")
    return ok(f"{app.database.name}, {app.queries.size() / 1e6:.1f} MB")


def revision(patient: Patient) -> Finding:
    app = patient.app
    found, wanted = schema.current(app.database), schema.head()
    if found == wanted:
        return ok(f"revision {found}")
    if app.config.auto_upgrade:
        return ok(f"revision {found or 'none'}; the next start makes it {wanted}")
    return fail(f"revision {found or 'none'}, this version needs {wanted}", "syncer db upgrade", 78)


def rules(patient: Patient) -> Finding:
    """Integrity, and the rules that the history must obey."""
    if not patient.is_readable:
        return ok("nothing to check")
    problems = schema.check(patient.app.database)
    if problems:
        return fail("; ".join(problems[:3]), RESTORE, 65)
    return ok("the history is sound")


def future(patient: Patient) -> Finding:
    """No look can be stored before the newest one that is."""
    if not patient.is_readable:
        return ok("nothing to check")
    now = patient.app.clock.now()
    count = patient.app.queries.later_than(now + TIME_SYNC)
    if count:
        hint = "Set the machine's clock; if it is right, restore a backup from before the rows were written"
        return fail(f"{count} stretches lie in the future; until then nothing is stored for them", hint, 65)
    return ok("nothing lies in the future")
