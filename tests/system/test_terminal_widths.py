"""On a terminal of 80 or 60 columns no line is wider, and no number and no word is cut."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.core.clock import SystemClock
from tests.terminal import run_on_terminal

from .simulated_site import Site, a_site, run_cli

HOME = Path(__file__).parents[2]
PLAYERS = '[1, 2, 3, 4]\nusername = "Tester"\n[[players]]\nusername = "AnotherPlayer1234567"\ngames = [2, 3]'
NOTE = "in each row not enough room for --json has everything player game"
WIDTHS = (400, 80, 60)
END = "\f"  # after what a command has written at one width
AT_EACH_WIDTH = f"""
import fcntl, struct, sys, termios
from contextlib import suppress
from syncer.cli.main import main
for columns in {WIDTHS}:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with suppress(SystemExit):
        main(sys.argv[1:])
    print({END!r}, end="", flush=True)
"""  # one process: to start one takes longer than the command
COMMANDS = (
    *(
        ["changes"],
        ["changes", "--all"],
        ["at", "now"],
        ["diff", "2020-01-01"],
        ["games"],
        ["unlocks"],
        ["history", "2"],
    ),
    *(["status"], ["doctor", "--offline"], ["config", "show"], ["account"], ["gaps"], ["plan"]),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("terminal")
    with a_site(folder, f"sqlite:///{folder / 'syncer.db'}") as made:
        made.world.catalogue.set_title(2, "The Long Journey of the Lantern Keeper's Youngest Daughter")
        made.world.add_account("AnotherPlayer1234567", "k" * 32)
        made.configure(games=PLAYERS)
        run_cli(made, "sync")
        now = SystemClock().now()
        made.world.earn("Tester", 2, 2, now, hardcore=True)
        made.world.earn("AnotherPlayer1234567", 2, 1, now)
        made.world.earn("Tester", 4, 4, now, hardcore=True)
        made.world.catalogue.add_achievements(3, [5])
        run_cli(made, "sync")
        yield made


def on_terminal(site: Site, columns: int, *words: str, **environ: str) -> str:
    command = [sys.executable, "-m", "syncer", *words]
    return run_on_terminal(command, columns, {**site.env, "PAGER": "", **environ}, cwd=HOME)


def at_each_width(site: Site, *words: str) -> list[str]:
    command = [sys.executable, "-c", AT_EACH_WIDTH, *words]
    *texts, _ = run_on_terminal(command, WIDTHS[0], {**site.env, "PAGER": ""}, cwd=HOME).split(END)
    return texts


def words_of(text: str) -> set[str]:
    """Return the words and numbers, without marks, curves, and what is another in the next second."""
    # How long ago it was, the disk's free space, and the moment of a headline.
    text = re.sub(r"\b\d+\s+(s|min|GB)\b|\b[\d-]{10}\s+[\d:]{5}:|[▁-█·]+", "", text)
    return {word.strip("(),;:") for word in text.split()}


def is_free_text(word: str) -> bool:
    """Return whether a word is a path or an address, which may be longer than any column."""
    return "/" in word and not word[0].isdigit()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_cut(words: list[str], site: Site) -> None:
    text, *narrow = at_each_width(site, *words)
    whole = words_of(text)
    for columns, text in zip(WIDTHS[1:], narrow, strict=True):
        paths = [word for word in whole if is_free_text(word)]
        too_long = [line for line in text.splitlines() if len(line) > columns]
        assert [line for line in too_long if not any(path in line for path in paths)] == []
        found = words_of(text) - words_of(NOTE)
        assert [word for word in found - whole if not any(word in path for path in paths)] == [], columns
        assert "…" not in text


def test_a_column_with_one_value_goes_first_and_its_value_is_said(site: Site) -> None:
    text = on_terminal(site, 60, "changes", "--player", "Tester")
    assert "in each row: player Tester" in " ".join(text.split())
    assert "player" not in text.splitlines()[0]
    both = on_terminal(site, 80, "changes")
    assert "AnotherPlayer1234567" in both
    assert "player" in both.splitlines()[0]


def test_changes_have_names_and_words_of_players(site: Site) -> None:
    text = " ".join(on_terminal(site, 80, "changes").split())
    assert "mastered" in text
    assert "set revised: 4 -> 5 achievements" in text
    found = run_cli(site, "changes", "--json").document["changes"]
    (change,) = [change for change in found if change["award"] == "mastered"]
    assert (change["game_id"], len(change["unlocks"])) == (4, 4)
    for unlock in change["unlocks"]:
        assert f"{unlock['title']} ({unlock['points']})" in text


def test_colours_have_a_meaning_and_no_color_is_respected(site: Site) -> None:
    assert "\x1b[" in on_terminal(site, 80, "changes", NO_COLOR="")
    assert "\x1b[" not in on_terminal(site, 80, "changes")
    assert "\x1b[" not in on_terminal(site, 80, "changes", NO_COLOR="", TERM="dumb")
    assert "\x1b[" not in run_cli(site, "changes").out
