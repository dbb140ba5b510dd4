"""The configuration, and where things lie."""

import shutil
import sqlite3
import stat
import tempfile
from pathlib import Path

from syncer.core.words import counted

from .finding import Finding, Patient, fail, ok, warn

SAFE_SQLITE = (3, 51, 3)  # below it two connections that write at once may corrupt a WAL file
LEAST_FREE = 100 * 2**20


def configuration(patient: Patient) -> Finding:
    config = patient.app.config
    if config.warnings:
        said = "; ".join(warning.partition("; try: ")[0] for warning in config.warnings)
        cures = [cure for warning in config.warnings if (cure := warning.partition("; try: ")[2])]
        return warn(said, "; ".join(cures) or "Give each player their own api_key_file")
    games = sum(len(player.games) for player in config.players)
    return ok(f"{counted(len(config.players), 'player')}, {counted(games, 'game')}")


def permissions(patient: Patient) -> Finding:
    """What the files beside the database let others read."""
    path = patient.app.database.path
    if path is None:
        return ok("PostgreSQL keeps its own")
    files = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-budget", "-holder", "-lock")]
    public = [f for f in files if f.exists() and f.stat().st_mode & stat.S_IROTH]
    if public:
        return warn(f"others can read {public[0]}", f"chmod 600 {' '.join(map(str, public))}")
    return ok("the database is its owner's alone")


def folder(patient: Patient) -> Finding:
    path = patient.app.database.path
    if path is None:
        return ok("not needed for PostgreSQL")
    there = next((p for p in path.parents if p.exists()), Path("/"))
    if not there.is_dir() or not _writable(there):
        return fail(f"nothing can be written in {there}", "Name another place in [database] url", 69)
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE:
        return warn(f"{free / 1e6:.0f} MB are free in {there}", "Make room: a full disk stops the looking")
    return ok(f"{there} can be written, {free / 1e9:.0f} GB free")


def _writable(there: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False


def sqlite(patient: Patient) -> Finding:
    if patient.app.database.path is None:
        return ok("not used")
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        return warn(
            f"SQLite {sqlite3.sqlite_version} can damage a file that two programs write at the same moment",
            "Let no other program write the database, or update SQLite to 3.51.3",
        )
    return ok(f"SQLite {sqlite3.sqlite_version}")
