"""Tables fit the terminal; what a title holds cannot steer it."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.cli.output import table as tables
from syncer.cli.output.sparkline import sparkline
from syncer.cli.output.table import Cell, Column, cell_width, fit, measured, shortened, strip_controls, table

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
    return fit(columns, measured(columns, rows)[0], width_limit)


@pytest.mark.parametrize(
    ("width_limit", "shown", "widths"),
    [
        (None, [0, 1, 2, 3], [8, 12, 5, 6]),  # a pipe: all of it
        (37, [0, 1, 2, 3], [8, 12, 5, 6]),  # it just fits
        (34, [0, 1, 2, 3], [5, 12, 5, 6]),  # the first one shrinks as far as it must
        (30, [0, 1, 2, 3], [4, 9, 5, 6]),  # then the next
        (24, [0, 1, 3], [4, 10, 5, 6]),  # a column goes, and the others get its room
        (12, [0, 1], [4, 6, 5, 6]),
        (3, [0, 1], [4, 5, 5, 6]),  # never less than the least
    ],
)
def test_columns_shrink_then_go(width_limit: int | None, shown: list[int], widths: list[int]) -> None:
    assert fitted(COLUMNS, width_limit) == (shown, widths)


def test_a_short_column_is_never_widened_to_its_least() -> None:
    assert fitted([Column("a", min_width=9), Column("b")], 2, [["x", "y"]])[1] == [1, 1]


@pytest.mark.parametrize(("width_limit", "width"), [(None, 7), (12, 7), (4, 4)])
def test_one_long_text_widens_no_column_beyond_its_most(width_limit: int | None, width: int) -> None:
    columns = [Column("game", min_width=3, max_width=7)]
    assert fitted(columns, width_limit, [["A title of many words"], ["Short"]])[1] == [width]
    assert fitted(columns, width_limit, [["Short"]])[1] == [min(width, 5)]


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("ドラ", 4), ("e\u0301", 1), ("🎮", 2)],  # plain, wide, combined, emoji
)
def test_a_character_takes_its_cells(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_a_wide_text_is_shortened_by_cells() -> None:
    assert shortened("ドラゴン", 5) == "ドラ…"
    assert shortened("same", 4) == "same"


@pytest.mark.parametrize(
    "title", ["\x1b[31mred", "a\rb", "\x9b2J", "x\u202etxt", "zero\u200bwidth", "bell\x07"]
)
def test_a_title_steers_no_terminal(title: str, capsys: pytest.CaptureFixture[str]) -> None:
    table(["game"], [[title]])
    said = capsys.readouterr().out
    assert "\ufffd" in said
    assert strip_controls(said.replace("\n", "")) == said.replace("\n", "")


def test_numbers_stand_to_the_right_and_colour_only_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table(["n", "kind"], [[5, Cell("unlock", "green")], [123, "reset"]])
    assert capsys.readouterr().out.splitlines() == ["  n  kind", "  5  unlock", "123  reset"]
    monkeypatch.setattr(tables, "colourful", lambda: True)
    assert tables.styled("unlock", "green") == "\x1b[32munlock\x1b[0m"


def test_what_does_not_fit_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "terminal_width", lambda: 6)
    table(["abc", Column("polls", drop_order=1)], [["x", "1"]])
    said = capsys.readouterr()
    assert said.out.splitlines() == ["abc", "x"]
    assert "polls" in said.err


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def test_a_curve_rises_falls_and_shows_where_nobody_looked() -> None:
    stretches = [(at(0), at(19), 0), (at(20), at(39), 7), (at(80), at(99), 14)]
    assert sparkline(stretches, at(100), 5, 14) == "▁▄··█"
    assert sparkline(stretches, at(100), 10, 14) == "▁▁▄▄····██"


def test_one_look_is_a_flat_line() -> None:
    assert sparkline([(NOW, NOW, 3)], NOW, 4, 3) == "████"
    assert sparkline([(NOW, NOW, 0)], NOW, 4, 0) == "▁▁▁▁"
