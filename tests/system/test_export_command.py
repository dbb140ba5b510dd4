"""syncer export, as typed."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from syncer.cli.output.row_files import FORMATS
from syncer.store.admin.export import TABLES
from syncer.store.db.engine import Database
from syncer.store.db.tables import games
from tests.edges.many_players import ODD
from tests.waiting import PATIENCE

from .database_commands import assert_refused, sync_twice
from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]


def test_every_table_is_exported_as_csv_and_json_lines(each_site: Site) -> None:
    sync_twice(each_site)
    for name in TABLES:
        text, lines = run_cli(each_site, "export", name), run_cli(each_site, "export", name, "--jsonl")
        assert (text.code, lines.code, text.err) == (0, 0, "")
        rows = list(csv.DictReader(io.StringIO(text.out, newline="")))
        documents = [json.loads(line) for line in lines.out.splitlines()]
        assert len(rows) == len(documents)
        assert run_cli(each_site, "export", name, "--format", "jsonl").out == lines.out
        if documents:
            assert list(rows[0]) == list(documents[0])
    rows = list(csv.DictReader(io.StringIO(run_cli(each_site, "export", "snapshots").out, newline="")))
    assert len(rows) == 5
    assert rows[0]["first_seen_at"].endswith("Z")
    assert (rows[0]["is_open"], rows[-1]["num_achieved"]) == ("false", "3")


def test_exported_titles_can_be_restored(each_site: Site) -> None:
    sync_twice(each_site)
    database = Database(each_site.url)
    with database.writing() as tx:
        titles = [{"id": 100 + number, "title": title} for number, title in enumerate(ODD)]
        tx.execute(games.insert(), titles)
    database.close()
    expected = {str(row["id"]): row["title"] or "" for row in titles}
    for form in (("--raw",), ()):
        file = each_site.folder / f"games{''.join(form)}.csv"
        assert run_cli(each_site, "export", "games", *form, "-o", str(file)).code == 0
        with file.open(newline="", encoding="utf-8") as text:
            found = {row["id"]: row["title"] for row in csv.DictReader(text) if row["id"] in expected}
        if not form:
            assert not [title for title in found.values() if title[:1] in tuple("=+-@\t\r")]
            found = {k: v[1:] if v[:1] == "'" else v for k, v in found.items()}
        assert found == expected


def test_an_existing_file_is_replaced_only_with_force(site: Site) -> None:
    run_cli(site, "sync")
    file = site.folder / "out.csv"
    result = run_cli(site, "export", "games", "-o", str(file))
    assert (result.code, result.out, "4 rows of games" in result.err) == (0, "", True)
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("mine")
    assert_refused(run_cli(site, "export", "games", "-o", str(file)), 2, "exists already", "--force")
    assert file.read_text() == "mine"
    assert run_cli(site, "export", "games", "-o", str(file), "--force").code == 0
    assert file.read_text().startswith("id,title")
    assert_refused(
        run_cli(site, "export", "games", "-o", str(site.folder / "no" / "out.csv")), 69, "No such file"
    )


def test_a_file_with_settings_is_never_replaced(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    secret = site.folder / "url"
    secret.write_text(site.url)
    environ = {"SYNCER_DATABASE__URL_FILE": str(secret)}
    result = run_cli(site, "export", "games", "--force", "-o", str(secret), environ=environ)
    assert_refused(result, 2, "holds the settings in use")
    assert secret.read_text() == site.url


def test_a_pipe_is_never_replaced(site: Site) -> None:
    run_cli(site, "sync")
    os.mkfifo(site.folder / "pipe")
    assert_refused(
        run_cli(site, "export", "games", "--force", "-o", str(site.folder / "pipe")), 2, "not a regular file"
    )
    assert (site.folder / "pipe").is_fifo()


def test_an_unknown_table_or_time_is_a_usage_error(site: Site) -> None:
    run_cli(site, "sync")
    assert_refused(run_cli(site, "export", "budgets"), 2, "snapshots")
    assert_refused(run_cli(site, "export", "games", "--since", "7d"), 2, "no time column")
    assert_refused(run_cli(site, "export", "snapshots", "--since", "soon"), 2, "not a time")
    assert run_cli(site, "export", "snapshots", "--until", "1d").out.count("\n") == 1
    assert run_cli(site, "export", "snapshots", "--since", "1d").out.count("\n") == 5
    # The profile, and the rank after it.
    assert run_cli(site, "export", "account_history", "--since", "1d").out.count("\n") == 3
    assert run_cli(site, "export", "account_history", "--until", "1d").out.count("\n") == 1


def test_all_tables_are_written_into_a_new_folder(each_site: Site) -> None:
    sync_twice(each_site)
    for form in FORMATS:
        folder = each_site.folder / form
        if form == "csv":
            folder.mkdir()  # an empty one is as good
        result = run_cli(each_site, "export", "--all", str(folder), "--format", form)
        assert (result.code, result.out, f"{len(TABLES)} files" in result.err) == (0, "", True)
        assert {file.name for file in folder.iterdir()} == {f"{name}.{form}" for name in TABLES}
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    for name in ("snapshots", "coverage_gaps"):
        alone = run_cli(each_site, "export", name).out
        assert (each_site.folder / "csv" / f"{name}.csv").read_bytes() == alone.encode()


def test_a_table_is_written_as_parquet_to_a_file_or_a_pipe(site: Site) -> None:
    run_cli(site, "sync")
    file = site.folder / "s.parquet"
    assert run_cli(site, "export", "snapshots", "--format", "parquet", "-o", str(file)).code == 0
    command = [sys.executable, "-m", "syncer", "export", "snapshots", "--format", "parquet"]
    piped = subprocess.run(command, env=site.env, cwd=HOME, capture_output=True, check=True).stdout
    assert piped == file.read_bytes()
    assert pq.read_table(file).num_rows == 4


def test_since_limits_the_tables_that_have_a_time(site: Site) -> None:
    run_cli(site, "sync")
    folder = site.folder / "new"
    assert run_cli(site, "export", "--all", str(folder), "--until", "1d").code == 0
    lines = {file.stem: file.read_text().count("\n") for file in folder.iterdir()}
    assert (lines["snapshots"], lines["runs"], lines["games"]) == (1, 1, 5)


def test_what_is_there_is_never_touched(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    run_cli(site, "sync")
    folder = site.folder / "taken"
    folder.mkdir()
    (site.folder / "empty").mkdir()
    (folder / "mine.csv").write_text("mine")
    (site.folder / "file").write_text("mine")
    (site.folder / "link").symlink_to(site.folder / "nowhere")
    before = {path: path.lstat().st_mtime_ns for path in site.folder.rglob("*")}
    assert_refused(run_cli(site, "export", "--all", str(folder)), 2, "not empty")
    assert_refused(run_cli(site, "export", "--all", str(site.folder / "file")), 2, "is a file")
    monkeypatch.chdir(site.folder / "empty")
    assert_refused(run_cli(site, "export", "--all", "."), 2, "is the working directory")
    assert_refused(run_cli(site, "export", "--all", str(site.folder / "link")), 69, "cannot be written")
    assert_refused(run_cli(site, "export", "--all", str(site.folder / "no" / "dir")), 69, "No such file")
    changed = {path for path in site.folder.rglob("*") if before.get(path) != path.lstat().st_mtime_ns}
    assert not [path for path in changed if not path.name.startswith("syncer.db")]


LIMITED = """
import resource, signal
from syncer.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
main()
"""


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_failing_write_leaves_nothing(site: Site, form: str) -> None:
    """A limit of the file size, as a full disk would be."""
    run_cli(site, "sync")
    before = {path.name for path in site.folder.iterdir()}
    command = [sys.executable, "-c", LIMITED, "export", "--all", str(site.folder / "new"), "--format", form]
    done = subprocess.run(command, env=site.env, cwd=HOME, capture_output=True, text=True, check=False)
    assert (done.returncode, "File too large" in done.stderr) == (69, True), done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in site.folder.iterdir()} - before <= {"syncer.db-shm", "syncer.db-wal"}


def test_contradictions_are_usage_errors(site: Site) -> None:
    folder = str(site.folder / "new")
    assert_refused(run_cli(site, "export"), 2, "TABLE", "--all DIR")
    assert_refused(run_cli(site, "export", "games", "--all", folder), 2, "TABLE", "--all DIR")
    assert_refused(run_cli(site, "export", "--all", folder, "--force"), 2, "--force")
    assert_refused(run_cli(site, "export", "--all", folder, "-o", folder), 2, "-o")
    assert not (site.folder / "new").exists()


def test_without_pyarrow_it_says_what_to_install(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.cli.support.extras.find_spec", lambda name: None)
    result = run_cli(site, "export", "games", "--format", "parquet")
    assert_refused(result, 78, "Parquet needs pyarrow", "pip install '.[parquet]'")


def test_parquet_is_not_written_to_a_terminal(site: Site) -> None:
    run_cli(site, "sync")
    terminal, child_end = pty.openpty()
    command = [sys.executable, "-m", "syncer", "export", "games", "--format", "parquet"]
    done = subprocess.run(
        command, env=site.env, stdout=child_end, stderr=subprocess.PIPE, text=True, cwd=HOME, check=False
    )
    os.close(child_end)
    assert (done.returncode, "add -o FILE" in done.stderr, read(terminal)) == (2, True, b"")


def test_a_terminal_shows_a_progress_bar_on_stderr(site: Site) -> None:
    run_cli(site, "sync")
    terminal, child_end = pty.openpty()
    command = [sys.executable, "-m", "syncer", "export", "snapshots", "-o", str(site.folder / "out.csv")]
    child = subprocess.Popen(command, env=site.env, stderr=child_end, cwd=HOME)
    os.close(child_end)
    output = b""
    while chunk := read(terminal):
        output += chunk
    assert child.wait(PATIENCE) == 0
    assert b"snapshots" in output
    assert b"4 rows of snapshots" in output


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the child closed its end
        return b""
