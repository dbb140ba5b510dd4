"""What doctor finds about a database that cannot be opened, read or written."""

import ctypes
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

from .doctor_assertions import TYPEABLE, assert_found, assert_healthy, findings, hint_of
from .doctor_faults import database_at, edit_config, overwrite_page, synced
from .simulated_site import CliResult, Site, a_site, run_cli


@pytest.fixture
def postgres_site(tmp_path: Path, postgres_url: str) -> Iterator[Site]:
    with a_site(tmp_path, postgres_url) as site:
        yield site


def test_a_refused_login_is_found(postgres_site: Site) -> None:
    site = synced(postgres_site)
    database_at(site.url.replace("tester@", "stranger@"))(site)
    assert_found(site, "database", "fail", 78, "refused the login")


def test_a_missing_database_is_found(postgres_site: Site) -> None:
    database_at(re.sub(r"/syncer_\w+", "/syncer_nowhere", postgres_site.url))(postgres_site)
    assert_found(postgres_site, "database", "fail", 78, "no such database")


def test_an_outdated_schema_on_postgres_has_the_hint_to_upgrade(postgres_site: Site) -> None:
    result = assert_found(postgres_site, "schema", "fail", 78, "revision none, this version needs")
    assert hint_of(result, "schema") == "syncer db upgrade"
    assert postgres_site.server.requests == []  # the request budget is in the database
    edit_config(postgres_site, "[api]", "auto_upgrade = true\n[api]")
    assert_healthy(postgres_site)
    postgres_site.prepare_database()
    assert_healthy(postgres_site)


def test_a_database_locked_by_another_program_is_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.store.db.sqlite_file.BUSY_MS", 50)
    connection = sqlite3.connect(synced(site).folder / "syncer.db", isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    assert_found(site, "database", "fail", 75, "locked by another program")
    connection.close()
    assert_healthy(site)


def test_any_overwritten_page_is_reported_as_damage(site: Site) -> None:
    path = synced(site).folder / "syncer.db"
    intact = path.read_bytes()
    for page in range(len(intact) // 4096):
        path.write_bytes(intact)
        overwrite_page(site, page)
        result = run_cli(site, "doctor", "--json", "--offline")
        assert result.code == 65, (page, result.err)
        assert findings(result) in ({"database": "fail"}, {"integrity": "fail"}), (page, result.out)
        (site.folder / "syncer.db-wal").unlink(missing_ok=True)
        (site.folder / "syncer.db-shm").unlink(missing_ok=True)


PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def respect_permissions() -> None:
    """In a new process: take from root the right to ignore the permissions of files."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.mark.parametrize(
    ("path", "locked", "mode", "check", "what"),
    [
        ("home/deep/syncer.db", "home", 0o000, "folder", "cannot write to"),  # cannot even be listed
        ("home/syncer.db", "home", 0o500, "folder", "cannot write to"),
        ("syncer.db", "syncer.db", 0o400, "database", "can be read, but not written"),
    ],
)
def test_missing_permissions_are_found(
    site: Site, path: str, locked: str, mode: int, check: str, what: str
) -> None:
    synced(site)
    (site.folder / "home" / "deep").mkdir(parents=True, exist_ok=True)
    database_at(f"sqlite:///{site.folder / path}")(site)
    (site.folder / locked).chmod(mode)
    out, err = site.start("doctor", "--json", preexec_fn=respect_permissions).communicate(timeout=PATIENCE)
    (site.folder / locked).chmod(0o700)
    result = CliResult(69, out, err)
    assert (findings(result), err) == ({check: "fail"}, "")
    assert what in out
    assert f"cannot be reached: {site.folder / locked} (Permission denied)" in out or mode
    assert TYPEABLE.search(hint_of(result, check))
