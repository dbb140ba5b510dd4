"""Every table and view can be taken away: in order, by its own time, in little memory."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from syncer.store.admin.export import TABLES, columns_of, exporting, time_of
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from syncer.store.db.views import views

from . import many_players
from .harness import START, SyncHarness
from .many_players import cleared, create_long_history

MB = 1024
BAR = 150 * MB
PARQUET_BAR = 260 * MB  # pyarrow alone takes 60, and one group of rows is in memory


def rows(database: Database, name: str, **span: Any) -> list[dict[str, Any]]:
    with exporting(database) as tables:
        batches = tables.rows(name, **span)
        found = [dict(zip(columns_of(name), row, strict=True)) for some in batches for row in some]
        assert len(found) == tables.count(name, **span)
    return found


def recorded(url: str) -> SyncHarness:
    home = SyncHarness(url)
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.clock.pass_by(7200)
    home.poll()
    return home


def test_every_table_and_view_is_exported_whole_and_in_order(database_url: str) -> None:
    home = recorded(database_url)
    for name, table in TABLES.items():
        with home.database.reading() as tx:
            wanted = tx.scalar(sa.text(f"SELECT count(*) FROM {name}"))  # noqa: S608
        found = rows(home.database, name)
        keys = [tuple(row[column.name] for column in table.primary_key) for row in found]
        assert (len(found), keys) == (wanted, sorted(set(keys)))
    home.close()


def test_both_databases_export_the_same(tmp_path: Path, postgres_url: str) -> None:
    homes = [recorded(f"sqlite:///{tmp_path / 'a.db'}"), recorded(postgres_url)]
    ulids = [home.tracked.ulid for home in homes]
    assert len(ulids) == 2
    for name in TABLES:
        ours, theirs = (
            [{k: v for k, v in row.items() if k != "ulid"} for row in rows(home.database, name)]
            for home in homes
        )
        assert ours == theirs, name
        assert [[type(v) for v in row.values()] for row in ours] == [
            [type(v) for v in row.values()] for row in theirs
        ], name
    for home in homes:
        home.close()


def test_the_views_are_described_as_the_database_has_them(database_url: str) -> None:
    home = SyncHarness(database_url)
    inspector = sa.inspect(home.database.writer)
    for name, view in views.tables.items():
        assert [column["name"] for column in inspector.get_columns(name)] == view.columns.keys()
    assert set(inspector.get_view_names()) == set(views.tables)
    home.close()


def test_a_span_goes_by_the_tables_own_time(database_url: str) -> None:
    home = recorded(database_url)
    later = START + timedelta(hours=1)
    for name in ("snapshots", "runs", "progress_changes"):
        early, late = rows(home.database, name, until=later), rows(home.database, name, since=later)
        assert early
        assert late
        assert early + late == rows(home.database, name)
    assert rows(home.database, "daily_progress", since=START, until=START)
    assert rows(home.database, "daily_progress", since=START + timedelta(days=1)) == []
    home.close()


def test_a_time_of_its_own() -> None:
    times = {name: time_of(name) for name in TABLES}
    assert times["snapshots"] == times["rejections"] == times["latest_progress"] == "first_seen_at"
    assert times["runs"] == times["coverage_gaps"] == "started_at"
    assert times["players"] == times["targets"] == "added_at"
    assert times["daily_progress"] == "day"
    assert times["games"] is times["player_totals"] is None
    assert set(times) == set(history.tables) | set(views.tables)


def test_an_export_sees_one_moment(database_url: str) -> None:
    """Rows that are written while it runs are not half in it."""
    database = create_long_history(database_url, 5000)
    with exporting(database) as tables:
        batches = tables.rows("snapshots")
        seen = len(next(batches))
        with database.writing() as tx:
            tx.execute(sa.text("DELETE FROM snapshots WHERE id > 4000"))
        seen += sum(len(some) for some in batches)
    assert seen == 5000
    database.close()


CHILD = """
import sys
from syncer.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    with open("/proc/self/status") as status:
        (peak,) = [line.split()[1] for line in status if line.startswith("VmHWM")]
    print(peak, file=sys.stderr)
    sys.exit(end.code)
"""


def peak_of(url: str, tmp_path: Path, *arguments: str) -> int:
    """Kilobytes that the process held at most."""
    settings = {"DATABASE__URL": url, "API__USERNAME": "Tester", "API__KEY": "k", "PLAYERS__0__GAMES": "1"}
    env = {f"SYNCER_{name}": value for name, value in settings.items()} | {"HOME": str(tmp_path)}
    command = [sys.executable, "-c", CHILD, *arguments]
    with (tmp_path / "out").open("w") as out:
        done = subprocess.run(command, env=env, stdout=out, stderr=subprocess.PIPE, text=True, check=True)
    return int(done.stderr.split()[-1])


def exporting_is_frugal(url: str, tmp_path: Path, count: int, *names: str) -> None:
    create_long_history(url, count).close()
    peaks, parquet = {}, tmp_path / "parquet"
    for name in names:
        peaks[name] = peak_of(url, tmp_path, "export", name, "--jsonl", "-o", str(tmp_path / name))
        with (tmp_path / name).open() as lines:
            assert sum(1 for _ in lines) == count
        (tmp_path / name).unlink()
    arguments = ("export", names[0], "--format", "parquet", "-o", str(parquet))
    peak = peak_of(url, tmp_path, *arguments)
    assert pq.read_metadata(parquet).num_rows == count
    print(f"Parquet {peak // MB} MB")
    assert peak < PARQUET_BAR
    print({name: f"{peak // MB} MB" for name, peak in peaks.items()}, count, "rows", url.partition(":")[0])
    cleared(Database(url))
    assert max(peaks.values()) < BAR


def test_an_export_takes_little_memory(database_url: str, tmp_path: Path) -> None:
    exporting_is_frugal(database_url, tmp_path, 100_000, "snapshots")


@pytest.mark.soak
def test_an_export_of_a_million_takes_no_more(database_url: str, tmp_path: Path) -> None:
    exporting_is_frugal(database_url, tmp_path, 1_000_000, "snapshots", "progress_changes")


def telling_is_frugal(url: str, tmp_path: Path, count: int) -> None:
    """Of one game."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many_players, "GAMES", 1)
        create_long_history(url, count).close()
    peaks = {}
    for form, lines in (((), count + 2), (("--csv",), count + 1)):
        peaks[form] = peak_of(url, tmp_path, "history", "1", *form)
        with (tmp_path / "out").open() as said:
            assert sum(1 for _ in said) == lines
    (tmp_path / "out").unlink()
    print([f"{peak // MB} MB" for peak in peaks.values()], count, "snapshots", url.partition(":")[0])
    cleared(Database(url))
    assert max(peaks.values()) < 110 * MB


def test_a_long_history_is_exported_in_little_memory(tmp_path: Path) -> None:
    telling_is_frugal(f"sqlite:///{tmp_path / 'syncer.db'}", tmp_path, 30_000)


@pytest.mark.soak
def test_a_history_of_a_million_is_exported_in_no_more(database_url: str, tmp_path: Path) -> None:
    telling_is_frugal(database_url, tmp_path, 1_000_000)
