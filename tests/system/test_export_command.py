"""syncer export, as typed."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from syncer.store.admin.export import TABLES
from syncer.store.db.engine import Database
from syncer.store.db.tables import games
from tests.edges.many_players import ODD
from tests.waiting import PATIENCE

from .database_commands import assert_refused, sync_twice
from .simulated_site import Site, run_cli


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


def test_a_terminal_shows_a_progress_bar_on_stderr(site: Site) -> None:
    run_cli(site, "sync")
    terminal, child_end = pty.openpty()
    command = [sys.executable, "-m", "syncer", "export", "snapshots", "-o", str(site.folder / "out.csv")]
    child = subprocess.Popen(command, env=site.env, stderr=child_end, cwd=Path(__file__).parents[2])
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
