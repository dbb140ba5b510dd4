"""Checks of the configuration, of files and folders, and of SQLite."""

import os
import shutil
import sqlite3
import stat
from shlex import quote

from syncer.core.errors import StoreError

from .context import CheckContext
from .result import AGAIN, UNREADABLE, CheckResult, fail, ok, warn
from .writable import is_writable, nearest_existing

SAFE_SQLITE = (3, 51, 3)  # below it, two connections that write at once may corrupt a WAL file
MIN_FREE_BYTES = 100 * 2**20


def configuration(context: CheckContext) -> CheckResult:
    """Report the warnings of the configuration; its problems were reported before."""
    config = context.app.config
    if config.warnings:
        parts = [warning.partition("; try: ") for warning in config.warnings]
        hints = dict.fromkeys(command or "syncer config check" for _, _, command in parts)
        return warn("; ".join(what for what, _, _ in parts), "; ".join(hints))
    return ok(config.summary)


def permissions(context: CheckContext) -> CheckResult:
    """Check whether others can read the database or the files beside it."""
    path = context.app.database.path
    if path is None:
        return ok("not needed for PostgreSQL")
    if isinstance(context.revision, StoreError):  # the file may belong to another program
        return ok(UNREADABLE)
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-budget", "-holder", "-lock")]
    public = [f for f in files if os.path.isfile(f) and f.stat().st_mode & stat.S_IROTH]
    if public:
        return warn(f"others can read {public[0]}", f"chmod 600 {' '.join(quote(str(f)) for f in public)}")
    return ok("only the owner can read the database")


def folder(context: CheckContext) -> CheckResult:
    """Check whether the folder of the database is writable and has free space."""
    path = context.app.database.path
    if path is None:
        return ok("not needed for PostgreSQL")
    if not is_writable(path):
        hint = f"Choose another path in [database] url, {AGAIN}"
        reason = f": {context.revision.message}" if isinstance(context.revision, StoreError) else ""
        return fail(f"cannot write to {path.parent}{reason}", hint, 69)
    # The folder is created by the first run; until then the disk of its parent counts.
    existing = nearest_existing(path)
    free = shutil.disk_usage(existing).free
    if free < MIN_FREE_BYTES:
        hint = f"Free some space (a full disk stops the polling): df -h {quote(str(existing))}"
        return warn(f"{free / 1e6:.0f} MB are free in {existing}", hint)
    return ok(f"{existing} is writable, {free / 1e9:.0f} GB free")


def sqlite(context: CheckContext) -> CheckResult:
    """Check whether this version of SQLite has a known fault that damages databases."""
    if context.app.database.path is None:
        return ok("not needed for PostgreSQL")
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        return warn(
            f"SQLite {sqlite3.sqlite_version} can damage a file that two programs write at the same time",
            "Let no program but syncer write the database, or update SQLite to 3.51.3. To read it is safe: "
            "syncer serve, Grafana",
        )
    return ok(f"SQLite {sqlite3.sqlite_version}")
