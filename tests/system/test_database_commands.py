"""export, db backup, restore, copy and forget, as typed."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.run.lock import WriterLock
from syncer.store.admin.export import TABLES
from syncer.store.db.engine import Database
from syncer.store.db.tables import games
from tests.edges.many_players import ODD, all_checksums

from .simulated_site import CliResult, Site, run_cli


@pytest.fixture
def lived(each_site: Site) -> Site:
    run_cli(each_site, "db", "upgrade")
    assert run_cli(each_site, "sync").code == 0
    each_site.earn(1)
    assert run_cli(each_site, "sync").code == 0
    return each_site


def refused(said: CliResult, code: int, *words: str) -> None:
    assert (said.code, [word for word in words if word not in said.err]) == (code, []), said.err


def test_every_table_is_exported_in_both_forms(lived: Site) -> None:
    for name in TABLES:
        text, lines = run_cli(lived, "export", name), run_cli(lived, "export", name, "--jsonl")
        assert (text.code, lines.code, text.err) == (0, 0, "")
        rows = list(csv.DictReader(io.StringIO(text.out, newline="")))
        documents = [json.loads(line) for line in lines.out.splitlines()]
        assert len(rows) == len(documents)
        assert run_cli(lived, "export", name, "--format", "jsonl").out == lines.out
        if documents:
            assert list(rows[0]) == list(documents[0])
    rows = list(csv.DictReader(io.StringIO(run_cli(lived, "export", "snapshots").out, newline="")))
    assert len(rows) == 5
    assert rows[0]["first_seen_at"].endswith("Z")
    assert (rows[0]["is_open"], rows[-1]["num_achieved"]) == ("false", "3")


def test_titles_survive(lived: Site) -> None:
    database = Database(lived.url)
    with database.writing() as tx:
        titles = [{"id": 100 + number, "title": title} for number, title in enumerate(ODD)]
        tx.execute(games.insert(), titles)
    database.close()
    wanted = {str(row["id"]): row["title"] or "" for row in titles}
    for form in (("--raw",), ()):
        file = lived.folder / f"games{''.join(form)}.csv"
        assert run_cli(lived, "export", "games", *form, "-o", str(file)).code == 0
        with file.open(newline="", encoding="utf-8") as text:
            found = {row["id"]: row["title"] for row in csv.DictReader(text) if row["id"] in wanted}
        if not form:
            assert not [title for title in found.values() if title[:1] in tuple("=+-@\t\r")]
            found = {k: v[1:] if v[:1] == "'" else v for k, v in found.items()}
        assert found == wanted


def test_a_file_is_made_for_its_owner_and_never_replaced_unasked(site: Site) -> None:
    run_cli(site, "sync")
    file = site.folder / "out.csv"
    said = run_cli(site, "export", "games", "-o", str(file))
    assert (said.code, said.out, "4 rows of games" in said.err) == (0, "", True)
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("mine")
    refused(run_cli(site, "export", "games", "-o", str(file)), 2, "is there already", "--force")
    assert file.read_text() == "mine"
    assert run_cli(site, "export", "games", "-o", str(file), "--force").code == 0
    assert file.read_text().startswith("id,title")
    refused(run_cli(site, "export", "games", "-o", str(site.folder / "no" / "out.csv")), 69, "No such file")


ENDS = ("", "-journal", "-wal", "-shm", "-lock", "-holder", "-budget", "-budget-journal", "-budget-wal")


def contents(folder: Path) -> dict[str, bytes]:
    """What must not change; what is left out comes and goes with every question."""
    left_out = ("-wal", "-shm", "-lock", "-holder")
    files = [file for file in folder.iterdir() if file.is_file() and not file.name.endswith(left_out)]
    return {file.name: file.read_bytes() for file in files}


def names_of_ours(folder: Path) -> list[Path]:
    """Each file of the database and of the settings; some also by a link, a second name and a detour."""
    (folder / "x").mkdir()
    (folder / "linked").symlink_to("syncer.db")
    (folder / "x" / "linked").symlink_to(folder)
    (folder / "second").hardlink_to(folder / "config.toml")
    names = [*(f"syncer.db{end}" for end in ENDS), "config.toml", "key", "linked", "second"]
    detours = ["x/../syncer.db", "x/linked/syncer.db-journal", "x/linked/key"]
    return [folder / name for name in names + detours]


def test_nothing_is_written_over_the_database_or_the_settings(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    places = names_of_ours(site.folder)
    before = contents(site.folder)
    for place in places:
        for words in (("export", "games", "-o"), ("export", "games", "--force", "-o"), ("db", "backup")):
            refused(run_cli(site, *words, str(place)), 2, f"{place} ", "; name another file")
        refused(run_cli(site, "db", "copy", f"sqlite:///{place}"), 2, "; name another")
        assert contents(site.folder) == before, place
    for place in places:
        if "syncer.db" in place.name or place.name == "linked":
            refused(run_cli(site, "db", "restore", str(place)), 2, f"{place}")
    assert contents(site.folder) == before
    assert "sound" in run_cli(site, "db", "check").out


def test_a_second_name_of_the_database_is_the_database(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    (site.folder / "other.db").hardlink_to(site.folder / "syncer.db")
    before = contents(site.folder)
    for words in (("export", "games", "--force", "-o"), ("db", "backup"), ("db", "restore")):
        refused(run_cli(site, *words, str(site.folder / "other.db")), 2, "other.db is the database itself")
    refused(run_cli(site, "db", "copy", f"sqlite:///{site.folder}/other.db"), 2, "is the database itself")
    site.url = f"sqlite:///{site.folder}/syncer.db-budget"
    refused(run_cli(site, "db", "copy", site.url), 2, "belongs to the database")
    assert contents(site.folder) == before


def test_settings_from_files_that_the_environment_names_are_safe_too(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    secret = site.folder / "url"
    secret.write_text(site.url)
    environ = {"SYNCER_DATABASE__URL_FILE": str(secret)}
    said = run_cli(site, "export", "games", "--force", "-o", str(secret), environ=environ)
    refused(said, 2, "holds the settings in use")
    assert secret.read_text() == site.url


def test_what_is_no_file_is_not_replaced(site: Site) -> None:
    run_cli(site, "sync")
    os.mkfifo(site.folder / "pipe")
    refused(run_cli(site, "export", "games", "--force", "-o", str(site.folder / "pipe")), 2, "no file")
    assert (site.folder / "pipe").is_fifo()


def test_words_that_export_does_not_know(site: Site) -> None:
    run_cli(site, "sync")
    refused(run_cli(site, "export", "budgets"), 2, "snapshots")
    refused(run_cli(site, "export", "games", "--since", "7d"), 2, "no time of its own")
    refused(run_cli(site, "export", "snapshots", "--since", "soon"), 2, "not a time")
    assert run_cli(site, "export", "snapshots", "--until", "1d").out.count("\n") == 1
    assert run_cli(site, "export", "snapshots", "--since", "1d").out.count("\n") == 5


def test_a_terminal_sees_a_bar_beside_the_results(site: Site) -> None:
    run_cli(site, "sync")
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "syncer", "export", "snapshots", "-o", str(site.folder / "out.csv")]
    child = subprocess.Popen(command, env=site.env, stderr=end, cwd=Path(__file__).parents[2])
    os.close(end)
    seen = b""
    while piece := read(terminal):
        seen += piece
    assert child.wait(20) == 0
    assert b"snapshots" in seen
    assert b"4 rows of snapshots" in seen


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side has gone
        return b""


def test_a_backup_and_back(site: Site) -> None:
    run_cli(site, "sync")
    said = run_cli(site, "db", "backup")
    assert said.code == 0
    (file,) = site.folder.glob("syncer-*Z.db")
    assert f"Wrote {file}: 1 player, 4 games, 4 snapshots, 6 unlocks; checked, and equal" in said.out
    refused(run_cli(site, "db", "backup", str(file)), 2, "is there already")
    site.earn(1)
    run_cli(site, "sync")
    said = run_cli(site, "db", "restore", str(file))
    assert said.code == 0
    assert "What was there before is kept" in said.out
    assert len(run_cli(site, "history", "1", "--json").document["stretches"]) == 1
    assert "sound" in run_cli(site, "db", "check").out
    assert run_cli(site, "sync").code == 0
    refused(run_cli(site, "db", "restore", str(site.folder / "nothing.db")), 2, "does not exist")
    refused(run_cli(site, "db", "restore", str(site.folder / "syncer.db")), 2, "the database itself")
    refused(
        run_cli(site, "db", "restore", str(site.folder / "key")), 65, "not touched", "Name another backup"
    )


def test_a_backup_is_made_of_both_databases_while_somebody_writes(lived: Site) -> None:
    database = Database(lived.url)
    lock = WriterLock(database, SystemClock())
    lock.acquire()
    assert run_cli(lived, "db", "backup", str(lived.folder / "copy.db")).code == 0
    refused(run_cli(lived, "db", "restore", str(lived.folder / "copy.db")), 75, "another syncer is at work")
    refused(
        run_cli(lived, "db", "copy", f"sqlite:///{lived.folder}/other.db"), 75, "another syncer is at work"
    )
    lock.release()
    copy = Database(f"sqlite:///{lived.folder / 'copy.db'}")
    assert all_checksums(copy) == all_checksums(database)
    for one in (copy, database):
        one.close()


def test_a_copy_and_on_with_it(lived: Site, postgres_url: str) -> None:
    other = (
        postgres_url if lived.url.startswith("sqlite") else f"sqlite:///{lived.folder / 'new' / 'syncer.db'}"
    )
    said = run_cli(lived, "db", "copy", other)
    assert said.code == 0, said.err
    assert "Equal in both" in said.out
    refused(run_cli(lived, "db", "copy", other), 78, "not empty", "Nothing was changed")
    refused(run_cli(lived, "db", "copy", lived.url), 2, "the database itself")
    refused(run_cli(lived, "db", "copy", "mysql://x/y"), 2, "no database that lasts")
    before = run_cli(lived, "history", "1", "--json").document
    lived.url = other
    lived.configure()
    assert run_cli(lived, "history", "1", "--json").document == before
    assert run_cli(lived, "sync").code == 0


def test_a_target_that_somebody_writes_in_is_refused(site: Site, postgres_url: str) -> None:
    run_cli(site, "sync")
    target = Database(postgres_url, application="syncer pid 77 on attic")
    lock = WriterLock(target, SystemClock())
    lock.acquire()
    refused(run_cli(site, "db", "copy", postgres_url), 75, "pid 77 on attic")
    lock.release()
    target.close()


class Interrupted:
    """Somebody who presses Ctrl-C in place of an answer."""

    def readline(self, *_: object) -> str:
        raise KeyboardInterrupt


def test_a_followed_player_is_not_forgotten_and_a_former_one_is(
    lived: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lived.folder)
    path = lived.configure()
    lived.world.add_account("Moss", "m" * 32)
    alone = path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"')
    path.write_text(alone + '[[players]]\nusername = "Moss"\ngames = [1]\n')
    assert run_cli(lived, "sync").code == 0
    refused(run_cli(lived, "db", "forget", "moss", "--yes"), 78, "still followed", "[[players]]")
    refused(run_cli(lived, "db", "forget", "nobody", "--yes"), 78, "no player nobody")
    path.write_text(alone)
    assert run_cli(lived, "sync").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    said = run_cli(lived, "db", "forget", "Moss")
    assert (said.code, said.out) == (0, "Nothing was removed: Moss stays.\n")
    assert not list(lived.folder.glob("syncer*Z.db"))
    monkeypatch.setattr("sys.stdin", Interrupted())
    assert run_cli(lived, "db", "forget", "Moss").code == 130
    assert len(run_cli(lived, "history", "1", "--player", "Moss", "--json").document["stretches"]) == 1
    said = run_cli(lived, "db", "forget", "Moss", "--yes")
    assert said.code == 0, said.err
    assert "Moss is forgotten: 5 rows" in said.out
    assert run_cli(lived, "history", "1", "--player", "Moss").code == 78
    assert run_cli(lived, "history", "1", "--player", "Tester").code == 0
    (backup,) = Path(lived.folder).glob("syncer*Z.db")
    copy = Database(f"sqlite:///{backup}")
    with copy.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM players")) == 2
    copy.close()
