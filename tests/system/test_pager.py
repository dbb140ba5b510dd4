"""Long results go through the reader's pager on a terminal, and nowhere else."""

import sys
from pathlib import Path

import pytest

from tests.terminal import run_on_terminal

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]
CHECKPOINT = """
import sqlite3
database = sqlite3.connect({database!r})
database.execute("UPDATE players SET username = username")
database.commit()
print(database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone())
"""


@pytest.fixture
def synced(site: Site) -> Site:
    run_cli(site, "sync")
    return site


def paged(site: Site, pager: str | None, *words: str, **environ: str) -> str:
    env = {name: value for name, value in site.env.items() if name not in ("PAGER", "LESS")}
    env |= {"PAGER": pager} if pager is not None else {}
    command = [sys.executable, "-m", "syncer", *words]
    return run_on_terminal(command, 80, {**env, **environ}, cwd=HOME)


def test_the_pager_of_the_reader_gets_the_table(synced: Site) -> None:
    """Whatever its command line is: here a program that marks each line."""
    text = paged(synced, "sed 's/^/> /'", "at", "now")
    assert text.splitlines()[0].startswith("> At ")
    assert all(line.startswith("> ") for line in text.splitlines())


@pytest.mark.parametrize("pager", ["", "cat", "no-such-pager-anywhere", "un'closed", "false"])
def test_without_a_pager_the_table_is_printed(pager: str, synced: Site) -> None:
    assert "Game 1" in paged(synced, pager, "at", "now")


def test_a_reader_who_leaves_the_pager_early_has_what_they_wanted(synced: Site) -> None:
    text = paged(synced, "head -n 1", "at", "now")
    assert text.startswith("At ")
    assert len(text.splitlines()) == 1


def test_nothing_is_paged_into_a_pipe_or_as_json(synced: Site) -> None:
    assert run_cli(synced, "at", "now", environ={"PAGER": "sed 's/^/> /'"}).out.startswith("At ")
    assert "> " not in paged(synced, "sed 's/^/> /'", "at", "now", "--json")


def test_colours_reach_a_pager_that_shows_them(synced: Site) -> None:
    assert "\x1b[1m" in paged(synced, "sed ''", "at", "now", NO_COLOR="")
    assert "\x1b[" not in paged(synced, "sed ''", "at", "now")


def test_less_is_the_pager_and_leaves_at_once_what_fits_the_screen(synced: Site) -> None:
    assert "Game 1" in paged(synced, None, "at", "now")


def test_the_database_is_free_while_a_reader_reads(synced: Site, tmp_path: Path) -> None:
    """The pager checkpoints SQLite's log, which a transaction that is still open would prevent."""
    program = tmp_path / "pager.py"
    program.write_text(CHECKPOINT.format(database=synced.url.removeprefix("sqlite:///")), "utf-8")
    text = paged(synced, f"{sys.executable} {program}", "changes", "--all")
    assert text.splitlines()[-1] == "(0, 0, 0)"
