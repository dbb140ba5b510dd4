"""The n-th statement of a backup, restore, copy, deletion or upgrade fails: all of it is done, or nothing."""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.core.errors import StoreError
from syncer.store.admin.backup import backup
from syncer.store.admin.copy import copy
from syncer.store.admin.delete_player import delete_player
from syncer.store.admin.restore import restore
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from tests.edges.test_delete_player import two_players
from tests.fixtures.thaw import Stored, stored, thawed

from .test_nth_statement import failing

LATER = datetime(2026, 6, 1, tzinfo=UTC)
Operation = Callable[[Database, Path], object]


# Which statements fail in each run of the tests: a copy makes a schema, and has the most.
STEPS = {"backup": 17, "restore": 29, "copy": 131, "delete": 13, "upgrade": 37}


def quietly(done: int, total: int) -> None: ...


def copy_to(database: Database, folder: Path) -> None:
    with closing(Database(f"sqlite:///{folder / 'target.db'}")) as target:
        copy(database, target, quietly)


OPERATIONS: dict[str, Operation] = {
    "backup": lambda database, folder: backup(database, folder / "target.db", quietly),
    "restore": lambda database, folder: restore(database, folder / "good.db", LATER, quietly),
    "copy": copy_to,
    "delete": lambda database, folder: delete_player(database, 1),
    "upgrade": lambda database, folder: upgrade_schema(database, LATER),
}


def prepare(name: str, folder: Path) -> None:
    """Make a database for the operation, and a good backup of it."""
    if name == "upgrade":
        thawed("0010", f"sqlite:///{folder / 'syncer.db'}", folder).close()
        return
    home = two_players(f"sqlite:///{folder / 'syncer.db'}")
    backup(home.database, folder / "good.db", quietly)
    home.close()


def contents(file: Path) -> Stored:
    with closing(Database(f"sqlite:///{file}")) as database:
        return stored(database)


def attempt(name: str, folder: Path, n: int, *, lasts: bool) -> int:
    """Let statements fail from the n-th on, or that one alone, 0: none; return how many there were."""

    def fails(number: int) -> bool:
        return n > 0 and (number >= n if lasts else number == n)

    database = Database(f"sqlite:///{folder / 'syncer.db'}")
    with closing(database), failing("sqlite", fails) as seen, suppress(StoreError):
        OPERATIONS[name](database, folder)
    return len(seen)


def assert_all_or_nothing(folder: Path, before: Stored, after: Stored) -> None:
    """Assert that the database is as before or as after, and that nothing else is there by half."""
    assert contents(folder / "syncer.db") in (before, after)
    if (folder / "target.db").exists():
        assert contents(folder / "target.db") == before
    assert [file.name for file in folder.rglob("*") if ".part" in file.name and file.is_file()] == []


def put_back(folder: Path, files: dict[Path, bytes]) -> None:
    for file in folder.iterdir():
        if file.is_file():
            file.unlink()
    for file, content in files.items():
        file.write_bytes(content)


def fail_each(name: str, folder: Path, step: int, *, lasts: bool) -> None:
    prepare(name, folder)
    files = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    before = contents(folder / "syncer.db")
    count = attempt(name, folder, 0, lasts=lasts)
    after = contents(folder / "syncer.db")
    for n in range(1, count + 1, step):
        put_back(folder, files)
        attempt(name, folder, n, lasts=lasts)
        assert_all_or_nothing(folder, before, after)
        (folder / "target.db").unlink(missing_ok=True)
        attempt(name, folder, 0, lasts=lasts)  # the next one succeeds
        assert contents(folder / "syncer.db") == after, n
    assert count > 5


@pytest.mark.parametrize("name", OPERATIONS)
def test_d11_an_operation_that_fails_at_some_statement_is_all_or_nothing(tmp_path: Path, name: str) -> None:
    fail_each(name, tmp_path, STEPS[name], lasts=False)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lasts", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_d11_an_operation_that_fails_at_any_statement_is_all_or_nothing(
    tmp_path: Path, name: str, lasts: bool
) -> None:
    fail_each(name, tmp_path, 1, lasts=lasts)
