"""The generated pages are up to date, and the help from which they are generated is complete."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from docs.commands import EXITS, Entry, entries
from docs.make import pages
from docs.man import roff
from syncer.cli.main import EXIT_CODES, cli
from syncer.core.errors import SyncerError

HOME = Path(__file__).parents[2]
DOCS = HOME / "docs"
COMMANDS = entries()


@pytest.mark.parametrize("name", pages())
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name], "try: ./run docs"


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_help_of_a_command_explains_its_arguments(entry: Entry) -> None:
    text = "\n".join(paragraph.text for paragraph in (*entry.description, *entry.epilog))
    assert entry.summary.endswith(".")
    assert all(help_text.endswith((".", "]")) for _, help_text in entry.options)
    metavars = [re.sub(r"\W", "", name) for name in entry.arguments]
    metavars += ["WHEN"] if any("WHEN" in typed for typed, _ in entry.options) else []
    assert [name for name in metavars if not re.search(rf"(^|\. ){name} is ", text, re.M)] == []


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_help_fits_a_terminal_of_80_columns(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    output = CliRunner().invoke(cli, [*entry.name.split()[1:], "--help"]).output
    assert [line for line in output.splitlines() if len(line) > 80] == []
    assert "..." not in output.replace("[ARGS]...", "")  # click shortens a summary that is too long


def test_hidden_commands_are_not_documented() -> None:
    assert "syncer db forget" not in {entry.name for entry in COMMANDS}


def test_the_documented_exit_codes_are_those_of_the_errors() -> None:
    def codes(error: type[SyncerError]) -> set[int]:
        return {error.exit_code}.union(*map(codes, error.__subclasses__()))

    assert EXITS.keys() == codes(SyncerError) | {0, click.UsageError.exit_code, 3}
    listed = ", ".join(f"{code} {name}" for code, (name, _) in EXITS.items())
    assert f"Exit codes: {listed}." == EXIT_CODES


def test_groff_accepts_the_manual_page() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed; the manual page was compared, not typeset")
    command = ["groff", "-man", "-Tutf8", "-ww", "-z", str(DOCS / "syncer.1")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_roff_escapes_what_troff_would_interpret() -> None:
    assert roff(".so x") == r"\&.so x"
    assert roff("'tis \\ --x…") == r"\(aqtis \e \-\-x\[u2026]"


def test_the_index_of_the_manual_links_to_every_page() -> None:
    assert "(docs/README.md)" in (HOME / "README.md").read_text("utf-8")
    index = (DOCS / "README.md").read_text("utf-8")
    pages = [page.name for page in DOCS.glob("*.md") if page.name != "README.md"]
    assert [name for name in pages if f"({name})" not in index] == []


def test_the_list_of_ready_queries_links_to_each_of_them() -> None:
    top, _, rest = (DOCS / "sql.md").read_text("utf-8").partition("\n## Ready queries\n")
    titles = re.findall("^### (.+)$", rest, re.M)
    assert titles
    anchors = [re.sub("[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles]
    assert [anchor for anchor in anchors if f"](#{anchor})" not in top] == []
