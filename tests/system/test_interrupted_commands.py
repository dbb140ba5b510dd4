"""Database commands that are killed or meet a full disk: nothing is lost, and a retry works."""

import resource
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, head
from syncer.store.db.streaming import TableChecksum
from syncer.store.db.tables import snapshots
from tests.edges.many_players import all_checksums, create_long_history
from tests.postgres import Server
from tests.waiting import PATIENCE

from .simulated_site import CliResult, Site, run_cli

COUNT = 12_000
clock = SystemClock()


def checksums_of(url: str) -> dict[str, TableChecksum]:
    database = Database(url)
    found = all_checksums(database)
    database.close()
    return found


def modify(url: str) -> None:
    database = Database(url)
    with database.writing() as tx:
        newest = sa.select(sa.func.max(snapshots.c.id)).scalar_subquery()
        tx.execute(
            snapshots.update().where(snapshots.c.id == newest).values(poll_count=snapshots.c.poll_count + 1)
        )
    database.close()


def drafts(folder: Path) -> list[Path]:
    return [file for file in folder.glob(".*.part/*") if file.stat().st_size]


def kill_when(
    site: Site, started: Callable[[], object], *arguments: str, by: signal.Signals = signal.SIGKILL
) -> None:
    """Start a command and end it as soon as it has written a part."""
    child = site.start(*arguments)
    deadline = clock.monotonic() + PATIENCE
    while not started():  # looks more often than wait_until: the part is soon complete
        assert child.poll() is None, child.communicate()
        assert clock.monotonic() < deadline
        clock.wait(0.002)
    child.send_signal(by)
    child.communicate()
    assert child.returncode == (-by if by == signal.SIGKILL else 128 + by)


def run_on_full_disk(site: Site, *arguments: str) -> CliResult:
    """Run a command that cannot write files larger than half of the database."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    child = site.start(*arguments, preexec_fn=limit)
    out, err = child.communicate(timeout=PATIENCE)
    return CliResult(child.returncode, out, err)


@pytest.fixture
def full_site(site: Site) -> Site:
    create_long_history(site.url, COUNT).close()
    return site


def test_an_interrupted_backup(full_site: Site) -> None:
    site, before = full_site, checksums_of(full_site.url)
    folder = site.folder / "backups"
    folder.mkdir()
    copy = folder / "copy.db"
    kill_when(site, lambda: drafts(folder), "db", "backup", str(copy))
    assert not copy.exists()
    result = run_on_full_disk(site, "db", "backup", str(copy))
    assert result.code == 69
    assert "no partial file was left" in result.err
    assert "Traceback" not in result.err
    assert list(folder.iterdir()) == []  # the draft of the killed process was removed, too
    assert checksums_of(site.url) == before
    assert run_cli(site, "db", "backup", str(copy)).code == 0
    assert checksums_of(f"sqlite:///{copy}") == before


def test_an_interrupted_restore(full_site: Site) -> None:
    site = full_site
    copy = site.folder / "copy.db"
    assert run_cli(site, "db", "backup", str(copy)).code == 0
    modify(site.url)
    before = checksums_of(site.url)
    kill_when(site, lambda: drafts(site.folder), "db", "restore", str(copy))
    assert checksums_of(site.url) == before
    result = run_on_full_disk(site, "db", "restore", str(copy))
    assert (result.code, "Traceback" in result.err) == (69, False)
    assert checksums_of(site.url) == before
    assert [file for file in site.folder.iterdir() if "replaced" in file.name or ".part" in file.name] == []
    result = run_cli(site, "db", "restore", str(copy))
    assert result.code == 0, result.err
    assert checksums_of(site.url) == checksums_of(f"sqlite:///{copy}") != before


@pytest.mark.soak
def test_a_restore_that_is_killed_at_any_time(full_site: Site) -> None:
    """The database is always one of the two, complete, and the replaced one is kept."""
    site, rng = full_site, Random(7)
    copy = site.folder / "copy.db"
    assert run_cli(site, "db", "backup", str(copy)).code == 0
    wanted, unchanged = checksums_of(f"sqlite:///{copy}"), 0
    for _ in range(30):
        modify(site.url)
        before = checksums_of(site.url)
        child = site.start("db", "restore", str(copy))
        clock.wait(rng.uniform(0.5, 2.5))
        child.kill()
        child.communicate()
        found = checksums_of(site.url)
        assert found in (before, wanted)
        unchanged += found == before
        if found == wanted:
            kept = max(site.folder.glob("syncer.db.replaced-*[0-9]"))
            assert checksums_of(f"sqlite:///{kept}") == before
        assert current(Database(site.url)) == head()
    assert 0 < unchanged < 30


def test_an_interrupted_copy_to_a_file(full_site: Site) -> None:
    site, before = full_site, checksums_of(full_site.url)
    other = site.folder / "other" / "copy.db"
    other.parent.mkdir()
    kill_when(site, lambda: drafts(other.parent), "db", "copy", f"sqlite:///{other}")
    assert not other.exists()
    result = run_on_full_disk(site, "db", "copy", f"sqlite:///{other}")
    assert (result.code, "Traceback" in result.err) == (69, False)
    assert not other.exists()
    assert drafts(other.parent) == []
    assert checksums_of(site.url) == before
    assert run_cli(site, "db", "copy", f"sqlite:///{other}").code == 0
    assert checksums_of(f"sqlite:///{other}") == before


def test_an_interrupted_copy_to_postgres(full_site: Site, postgres_server: Server) -> None:
    site, before = full_site, checksums_of(full_site.url)
    url = postgres_server.create_database()
    target = Database(url)

    def copying() -> bool:
        with target.reading() as tx:
            query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO snapshots%%'"
            return bool(tx.exec_driver_sql(query).scalar())

    kill_when(site, copying, "db", "copy", url)
    assert current(target) == head()
    assert sum(table.rows for table in all_checksums(target).values()) == 0
    assert checksums_of(site.url) == before
    result = run_cli(site, "db", "copy", url)
    assert result.code == 0, result.err
    assert all_checksums(target) == before
    target.close()


def test_an_interrupted_export(full_site: Site) -> None:
    site, lines = full_site, full_site.folder / "out" / "snapshots.csv"
    lines.parent.mkdir()
    kill_when(site, lambda: drafts(lines.parent), "export", "snapshots", "-o", str(lines))
    assert not lines.exists()
    result = run_on_full_disk(site, "export", "snapshots", "-o", str(lines))
    assert (result.code, "Traceback" in result.err) == (69, False)
    assert list(lines.parent.iterdir()) == []
    lines.write_text("the old file")
    run_on_full_disk(site, "export", "snapshots", "-o", str(lines), "--force")
    assert lines.read_text() == "the old file"


def test_a_terminated_export_leaves_no_draft(full_site: Site) -> None:
    site, lines = full_site, full_site.folder / "out" / "snapshots.csv"
    lines.parent.mkdir()
    arguments = ("export", "snapshots", "-o", str(lines))
    kill_when(site, lambda: drafts(lines.parent), *arguments, by=signal.SIGTERM)
    assert list(lines.parent.iterdir()) == []
