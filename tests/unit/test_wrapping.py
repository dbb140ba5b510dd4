"""Text is broken between words, by the cells that a terminal uses."""

import pytest

from syncer.cli.output import terminal
from syncer.cli.output.characters import cell_width
from syncer.cli.output.terminal import wrapped

WIDE = "日本語のとても長いタイトル"  # 26 cells


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "terminal_width", lambda: 30)


def test_further_lines_begin_below_the_text() -> None:
    assert wrapped("three words of it, and five of the next", "mastered  ") == (
        "mastered  three words of it,\n          and five of the next"
    )
    assert wrapped("what is found and what is not", "- 1 ", indent="  ") == (
        "- 1 what is found and what is\n  not"
    )


def test_wide_characters_count_twice() -> None:
    assert wrapped(f"{WIDE} {WIDE}, Tetris", "  ") == f"  {WIDE}\n  {WIDE},\n  Tetris"


def test_writing_without_spaces_is_broken_anywhere_and_nothing_is_lost() -> None:
    lines = wrapped(f"Pong, {WIDE * 4}, Tetris", "mastered  ").splitlines()
    assert all(cell_width(line) <= 30 for line in lines)
    assert "".join("".join(lines).split()) == f"masteredPong,{WIDE * 4},Tetris"


def test_a_long_path_stays_whole() -> None:
    path = "/a/very/long/folder/with/a/file/in/it.toml"
    assert wrapped(f"See {path} again", "  ") == f"  See\n  {path}\n  again"
