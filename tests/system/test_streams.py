"""Stdout and stderr that are closed, full or of a small character set: the work is done nevertheless."""

import errno
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from syncer.cli.main import describe_os_error
from tests.waiting import PATIENCE

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]
# Runs commands in one process, each as from a shell, once for each list of [descriptor, state].
DRIVER = """
import json, os, sys
from syncer.cli.main import main

def broken_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    return writer

STATES = {
    "full": lambda: os.open("/dev/full", os.O_WRONLY),
    "read-only": lambda: os.open("/dev/null", os.O_RDONLY),
    "gone": broken_pipe,
}

def run(line):
    sys.argv = ["syncer", *line.split()]
    try:
        main()
    except SystemExit as end:
        return end.code

file, plans, *lines = sys.argv[1:]
plans, codes = json.loads(plans), []
kept = [os.dup(descriptor) for descriptor in range(3)] if any(plans) else []
for plan in plans:
    for descriptor, state in plan:
        os.close(descriptor)
        if state != "closed":
            os.dup2(STATES[state](), descriptor)
    codes.append([run(line) for line in lines])
    for descriptor, copy in enumerate(kept):
        os.dup2(copy, descriptor)
open(file, "w").write(json.dumps(codes))
"""
Plan = list[tuple[int, str]]
# What a shell has made of the streams; and the code of a command whose output is all that it does.
STREAMS: dict[str, tuple[Plan, int]] = {
    "stderr is closed": ([(2, "closed")], 0),
    "all three are closed": ([(0, "closed"), (1, "closed"), (2, "closed")], 0),
    "stdout is full": ([(1, "full")], 69),
    "stdout is read-only, stderr full": ([(1, "read-only"), (2, "full")], 69),
    "the reader of both is gone": ([(1, "gone"), (2, "gone")], 0),
}


def run_lines(
    site: Site, plans: Sequence[Plan], lines: Sequence[str], redirection: str = "", **environ: str
) -> tuple[list[list[int]], str]:
    """Return the exit codes of each plan, and what was written."""
    file = site.folder / "codes"
    arguments = [sys.executable, "-c", DRIVER, str(file), json.dumps(plans), *lines]
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *arguments]
    env = site.env | environ
    done = subprocess.run(command, env=env, capture_output=True, check=False, cwd=HOME, timeout=PATIENCE)
    written = (done.stdout + done.stderr).decode("latin-1")
    return json.loads(file.read_text()), written


@pytest.fixture
def warned(site: Site) -> Site:
    """A site whose configuration has a warning, which each command writes before its work."""
    (site.folder / "key").chmod(0o644)
    return site


def test_the_work_is_done_and_gives_the_exit_code(warned: Site) -> None:
    warned.world.catalogue.set_title(1, "Pokémon ★")
    work = ["sync", "health", "db check"]
    shown = ["history 1", "history 1 --csv", "export snapshots", "config show"]
    refused = warned.folder / "refused.toml"
    refused.write_text((warned.folder / "config.toml").read_text().replace('"key"', '"refused"'))
    (warned.folder / "refused").write_text("not0the0key")
    lines = [*work, *shown, "db backup /dev/null/copy.db", "dance", f"--config {refused} sync"]
    codes, text = run_lines(warned, [plan for plan, _ in STREAMS.values()], lines, LC_ALL="C")
    expected = {
        name: [0] * len(work) + [code] * len(shown) + [69, 2, 77] for name, (_, code) in STREAMS.items()
    }
    assert dict(zip(STREAMS, codes, strict=True)) == expected
    assert "Traceback" not in text
    # Where only stdout was full, stderr said so.
    assert text.count("the output could not be written (No space left on device)") == len(work + shown) + 1
    # Python takes the locale C for UTF-8, as nearly every terminal of today is.
    assert "Pokémon ★".encode().decode("latin-1") in text
    snapshots = run_cli(warned, "history", "1", "--json").document["snapshots"]
    # Each run polls all games, and while one is played every third run probes as well.
    assert [row["poll_count"] for row in snapshots] == [len(STREAMS) + 2]


def test_a_process_that_starts_without_streams_works_and_writes_into_no_file(warned: Site) -> None:
    copy = warned.folder / "copy.db"
    codes, _ = run_lines(warned, [[]], ["sync", "init", f"db backup {copy}"], "<&- >&- 2>&-")
    assert (codes, copy.exists()) == ([[0, 2, 0]], True)
    # The next file that was opened must not have become one of the streams.
    files = [file for file in warned.folder.glob("syncer.db*") if b"warning" in file.read_bytes()]
    assert files == []
    assert run_cli(warned, "db", "check").code == 0


def test_a_small_character_set_shows_something_for_each_character(site: Site) -> None:
    site.world.catalogue.set_title(1, "Pokémon ★ Łódź 東 " + "Long " * 7)
    run_cli(site, "sync")
    site.earn(1)
    run_cli(site, "sync")
    lines = ["history 1", "at 0s", "changes", "config show"]
    codes, text = run_lines(site, [[]], lines, PYTHONIOENCODING="latin-1")
    assert codes == [[0] * 4]
    assert "Pokémon ? ?ódz ??" in text
    assert "Long Long  " in text
    at = text[text.index("At 2") : text.index("when  ")].splitlines()
    assert {len(line) for line in at[2:4]} == {len(at[2])}


def test_an_error_of_the_system_names_its_file_or_the_command(site: Site) -> None:
    name = "n" * 300
    result = run_cli(site, "--config", name, "status")
    assert (result.code, result.err) == (69, f"syncer: {name}: File name too long\n")
    words = ["-v", "db", "copy", "postgresql://u:secret@host/name"]
    assert describe_os_error(OSError(errno.EIO, "I/O error"), words) == "db failed: I/O error"
