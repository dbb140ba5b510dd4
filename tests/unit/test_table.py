"""Tables fit the terminal, and no title can control it."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.cli.output import table
from syncer.cli.output.characters import cell_width
from syncer.cli.output.sparkline import sparkline
from syncer.cli.output.table import Cell, Column, fit, measure, print_table, shorten, strip_controls

NOW = datetime(2026, 5, 1, tzinfo=UTC)
COLUMNS = [
    Column("player", min_width=4),
    Column("game", min_width=5),
    Column("polls", drop_order=1),
    Column("points", drop_order=2),
]
ROWS = [["Somebody", "A long title", "12", "400"]]


def fitted(
    columns: list[Column], width_limit: int | None, rows: list[list[str]] = ROWS
) -> tuple[list[int], list[int]]:
    return fit(columns, measure(columns, rows)[0], width_limit)


@pytest.mark.parametrize(
    ("width_limit", "shown", "widths"),
    [
        (None, [0, 1, 2, 3], [8, 12, 5, 6]),  # a pipe has no limit
        (37, [0, 1, 2, 3], [8, 12, 5, 6]),  # exactly as wide as needed
        (34, [0, 1, 2, 3], [5, 12, 5, 6]),  # the first column shrinks only as far as needed
        (30, [0, 1, 2, 3], [4, 9, 5, 6]),  # then the next one
        (24, [0, 1, 3], [4, 10, 5, 6]),  # a column is dropped, and the others use its space
        (12, [0, 1], [4, 6, 5, 6]),
        (3, [0, 1], [4, 5, 5, 6]),  # never narrower than min_width
    ],
)
def test_columns_shrink_before_they_are_dropped(
    width_limit: int | None, shown: list[int], widths: list[int]
) -> None:
    assert fitted(COLUMNS, width_limit) == (shown, widths)


def test_a_column_that_needs_less_than_min_width_is_not_widened() -> None:
    assert fitted([Column("a", min_width=9), Column("b")], 2, [["x", "y"]])[1] == [1, 1]


@pytest.mark.parametrize(("width_limit", "width"), [(None, 7), (12, 7), (4, 4)])
def test_a_long_text_widens_a_column_only_to_max_width(width_limit: int | None, width: int) -> None:
    columns = [Column("game", min_width=3, max_width=7)]
    assert fitted(columns, width_limit, [["A title of many words"], ["Short"]])[1] == [width]
    assert fitted(columns, width_limit, [["Short"]])[1] == [min(width, 5)]


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("ドラ", 4), ("e\u0301", 1), ("🎮", 2)],  # plain, wide, combining, emoji
)
def test_the_width_of_a_text_is_counted_in_terminal_cells(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_a_wide_text_is_shortened_by_cells() -> None:
    assert shorten("ドラゴン", 5) == "ドラ…"
    assert shorten("same", 4) == "same"


@pytest.mark.parametrize(
    "title", ["\x1b[31mred", "a\rb", "\x9b2J", "x\u202etxt", "zero\u200bwidth", "bell\x07"]
)
def test_control_characters_in_a_title_are_replaced(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["game"], [[title]])
    printed = capsys.readouterr().out
    assert "\ufffd" in printed
    assert strip_controls(printed.replace("\n", "")) == printed.replace("\n", "")


def test_numbers_are_right_aligned_and_only_a_terminal_gets_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    print_table(["n", "kind"], [[5, Cell("unlock", "green")], [123, "reset"]])
    assert capsys.readouterr().out.splitlines() == ["  n  kind", "  5  unlock", "123  reset"]
    monkeypatch.setattr(table, "is_colour_wanted", lambda: True)
    assert table.styled("unlock", "green") == "\x1b[32munlock\x1b[0m"


def test_dropped_columns_are_named_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "terminal_width", lambda: 6)
    print_table(["abc", Column("polls", drop_order=1)], [["x", "1"]])
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["abc", "x"]
    assert "polls" in printed.err


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def test_a_sparkline_rises_and_shows_gaps_as_dots() -> None:
    segments = [(at(0), at(19), 0), (at(20), at(39), 7), (at(80), at(99), 14)]
    assert sparkline(segments, at(100), 5, 14) == "▁▄··█"
    assert sparkline(segments, at(100), 10, 14) == "▁▁▄▄····██"


def test_a_single_poll_is_a_flat_sparkline() -> None:
    assert sparkline([(NOW, NOW, 3)], NOW, 4, 3) == "████"
    assert sparkline([(NOW, NOW, 0)], NOW, 4, 0) == "▁▁▁▁"
