"""The configuration, and where things lie."""

import os
import shutil
import sqlite3
import stat
from shlex import quote

from syncer.core.errors import StoreError

from .context import CheckContext
from .result import AGAIN, UNREAD, CheckResult, fail, ok, warn
from .writable import can_be_used, nearest

SAFE_SQLITE = (3, 51, 3)  # below it two connections that write at once may corrupt a WAL file
LEAST_FREE = 100 * 2**20
OWN_KEYS = "Give each of the [[players]] an api_key_file of their own"


def configuration(patient: CheckContext) -> CheckResult:
    config = patient.app.config
    if config.warnings:
        parts = [warning.partition("; try: ") for warning in config.warnings]
        cures = dict.fromkeys(cure or OWN_KEYS for _, _, cure in parts)
        return warn("; ".join(said for said, _, _ in parts), "; ".join(cures))
    return ok(config.summary)


def permissions(patient: CheckContext) -> CheckResult:
    """What the files beside the database let others read."""
    path = patient.app.database.path
    if path is None:
        return ok("PostgreSQL keeps its own")
    if isinstance(patient.opened, StoreError):  # it may be another program's
        return ok(UNREAD)
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-budget", "-holder", "-lock")]
    public = [f for f in files if os.path.isfile(f) and f.stat().st_mode & stat.S_IROTH]
    if public:
        return warn(f"others can read {public[0]}", f"chmod 600 {' '.join(quote(str(f)) for f in public)}")
    return ok("the database is its owner's alone")


def folder(patient: CheckContext) -> CheckResult:
    path = patient.app.database.path
    if path is None:
        return ok("not needed for PostgreSQL")
    if not can_be_used(path):
        hint = f"Name another place in [database] url, {AGAIN}"
        return fail(f"nothing can be written in {path.parent}", hint, 69)
    there = nearest(path)
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE:
        hint = f"Make room (a full disk stops the looking): df -h {quote(str(there))}"
        return warn(f"{free / 1e6:.0f} MB are free in {there}", hint)
    return ok(f"{there} can be written, {free / 1e9:.0f} GB free")


def sqlite(patient: CheckContext) -> CheckResult:
    if patient.app.database.path is None:
        return ok("not used")
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        return warn(
            f"SQLite {sqlite3.sqlite_version} can damage a file that two programs write at the same moment",
            "Let no other program write the database, or update SQLite to 3.51.3",
        )
    return ok(f"SQLite {sqlite3.sqlite_version}")
