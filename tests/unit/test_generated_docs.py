"""The pages that follow from the commands are fresh, and what they follow from can be read."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from docs.commands import EXITS, entries
from docs.make import pages
from docs.man import roff
from syncer.cli.main import EXIT_CODES, cli
from syncer.core.errors import SyncerError

HOME = Path(__file__).parents[2]
DOCS = HOME / "docs"
COMMANDS = entries()


@pytest.mark.parametrize("name", pages())
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == pages()[name], "try: ./run docs"


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_a_command_explains_itself_and_its_words(entry: Any) -> None:
    said = "\n".join(piece.text for piece in (*entry.said, *entry.explained))
    assert entry.summary.endswith(".")
    assert all(help_text.endswith((".", "]")) for _, help_text in entry.options)
    metavars = [re.sub(r"\W", "", name) for name in entry.arguments]
    metavars += ["WHEN"] if any("WHEN" in interactive for interactive, _ in entry.options) else []
    assert [name for name in metavars if not re.search(rf"(^|\. ){name} is ", said, re.M)] == []


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_help_fits_a_narrow_terminal(entry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(cli, [*entry.name.split()[1:], "--help"]).output
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    assert "..." not in shown.replace("[ARGS]...", "")  # no list of commands cuts a sentence off


def test_the_exit_codes_are_those_of_the_errors() -> None:
    def codes(error: type[SyncerError]) -> set[int]:
        return {error.exit_code}.union(*map(codes, error.__subclasses__()))

    assert EXITS.keys() == codes(SyncerError) | {0, click.UsageError.exit_code, 3}
    said = ", ".join(f"{code} {name}" for code, (name, _) in EXITS.items())
    assert f"Exit codes: {said}." == EXIT_CODES


def test_the_manual_page_is_sound() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed; the manual page was compared, not typeset")
    command = ["groff", "-man", "-Tutf8", "-ww", "-z", str(DOCS / "syncer.1")]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout + said.stderr == ""


def test_nothing_in_the_manual_page_is_obeyed_by_chance() -> None:
    assert roff(".so x") == r"\&.so x"
    assert roff("'tis \\ --x…") == r"\(aqtis \e \-\-x\[u2026]"


def test_the_readme_leads_to_every_page() -> None:
    readme = (HOME / "README.md").read_text("utf-8")
    assert [page.name for page in DOCS.glob("*.md") if f"(docs/{page.name})" not in readme] == []
