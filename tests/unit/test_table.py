"""Tables fit the terminal, and no title can control it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from syncer.cli.output import table, terminal
from syncer.cli.output.characters import cell_width
from syncer.cli.output.columns import Cell, Column, Section, measure, strip_controls
from syncer.cli.output.drawn_table import draw_records, draw_table
from syncer.cli.output.layout import Layout, fit
from syncer.cli.output.sparkline import sparkline
from syncer.cli.output.table import print_table

NOW = datetime(2026, 5, 1, tzinfo=UTC)
COLUMNS = [
    Column("player", same_only=True),
    Column("game", wraps=True),
    Column("polls", drop_order=1),
    Column("points", drop_order=2),
]
ROWS = [["Somebody", "A longer title of words", "12", "400"], ["Another", "A title", "13", "500"]]
ONE_PLAYER = [["Somebody", *row[1:]] for row in ROWS]


def fitted(width: int, rows: list[list[str]], columns: list[Column] = COLUMNS) -> Layout | None:
    return fit(columns, measure(columns, rows), width)


@pytest.mark.parametrize(
    ("rows", "width", "shown", "widths"),
    [
        (ROWS, 48, [0, 1, 2, 3], [8, 23, 5, 6]),  # exactly as wide as needed
        (ROWS, 45, [0, 1, 2, 3], [8, 20, 5, 6]),  # words wrap, and nothing else
        (ROWS, 36, [0, 1, 3], [8, 18, 5, 6]),  # a column is dropped, and the others use its space
        (ROWS, 22, [0, 1], [8, 12, 5, 6]),
        (ONE_PLAYER, 36, [1, 2, 3], [8, 21, 5, 6]),  # a column with one value goes first
        (ONE_PLAYER, 20, [1, 3], [8, 12, 5, 6]),
        (ROWS, 16, [0, 1], [8, 6, 5, 6]),  # at last a word is all that a line holds
    ],
)
def test_columns_of_one_value_go_first_and_no_word_is_cut(
    rows: list[list[str]], width: int, shown: list[int], widths: list[int]
) -> None:
    assert fitted(width, rows) == Layout(shown, widths)


def test_a_column_with_one_value_goes_before_a_text_is_broken() -> None:
    assert fitted(46, ONE_PLAYER) == Layout([1, 2, 3], [8, 23, 5, 6])
    assert fitted(48, ONE_PLAYER) == Layout([0, 1, 2, 3], [8, 23, 5, 6])


def test_a_column_keeps_its_comfort_as_long_as_others_can_be_dropped() -> None:
    columns = [Column("player"), Column("game", wraps=True, comfort=20), Column("polls", drop_order=1)]
    rows = [row[:3] for row in ROWS]
    assert fitted(37, rows, columns) == Layout([0, 1, 2], [8, 20, 5])
    assert fitted(36, rows, columns) == Layout([0, 1], [8, 23, 5])
    assert fitted(20, rows, columns) == Layout([0, 1], [8, 10, 5])


def test_titles_become_narrow_before_a_date_is_broken() -> None:
    columns = [Column("when"), Column("game", wraps=True, comfort=20)]
    rows = [["2026-05-01 18:30", "The game of words"]]
    assert fitted(24, rows, columns) == Layout([0, 1], [16, 6])
    assert fitted(20, rows, columns) == Layout([0, 1], [10, 8])


def test_a_player_among_several_is_never_dropped() -> None:
    assert fitted(15, ROWS) is None  # so each row is drawn as a list
    assert fitted(15, ONE_PLAYER) == Layout([1], [8, 15, 5, 6])


def test_a_table_of_one_row_has_no_column_of_one_value() -> None:
    assert fitted(22, ROWS[:1]) == Layout([0, 1], [8, 12, 5, 6])


def test_a_very_long_word_narrows_no_other_column() -> None:
    rows = [["x" * 90, "b"], ["y", "c"]]
    columns = [Column("a", wraps=True), Column("b", drop_order=1)]
    assert fitted(40, rows, columns) == Layout([0, 1], [37, 1])


def test_a_long_text_widens_a_column_only_to_max_width() -> None:
    columns = [Column("game", wraps=True, max_width=7)]
    assert fitted(20, [["A title of many words"]], columns) == Layout([0], [7])


def drawn(rows: list[list[object]], columns: list[Column], width: int) -> list[str]:
    """Return the lines on a terminal of this width."""
    measured = measure(columns, rows)
    layout = fit(columns, measured, width)
    assert layout
    return list(draw_table(columns, measured, layout, rows, width))


def test_texts_below_a_row_take_the_rest_of_the_line() -> None:
    columns = [Column("at"), Column("game", wraps=True), Column("n"), Column("names", under="game")]
    rows: list[list[object]] = [
        ["12:00", "Game", 5, Cell(lines=("One", "Two", "Three"))],
        ["13:00", "Other game", 123, Cell()],
    ]
    assert drawn(rows, columns, 24) == [
        "at     game          n",
        "12:00  Game          5",
        "       One, Two, Three",
        "13:00  Other game  123",
    ]


def test_a_section_is_a_line_between_rows() -> None:
    columns = [Column("a"), Column("b")]
    rows: list[Sequence[object] | Section] = [["1", "x"], Section("A day"), ["2", "y"]]
    measured = measure(columns, rows)
    layout = fit(columns, measured, 20)
    assert layout
    assert list(draw_table(columns, measured, layout, rows, 20)) == ["a  b", "1  x", "A day", "2  y"]


def test_what_fits_in_no_way_is_drawn_as_lists() -> None:
    lines = list(draw_records(COLUMNS, [ROWS[0], Section("A day")], 24))
    assert lines == [
        "player  Somebody",
        "game    A longer title",
        "        of words",
        *("polls   12", "points  400", "", "A day"),
    ]


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", 3), ("ドラ", 4), ("e\u0301", 1), ("🎮", 2)],  # plain, wide, combining, emoji
)
def test_the_width_of_a_text_is_counted_in_terminal_cells(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_a_wide_text_wraps_by_cells() -> None:
    rows: list[list[object]] = [["ドラゴン クエスト", "1"]]
    assert drawn(rows, [Column("game", wraps=True), Column("n")], 13) == [
        "game        n",
        "ドラゴン    1",
        "クエスト",
    ]


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
    monkeypatch.setattr(terminal, "is_colour_wanted", lambda: True)
    assert terminal.styled("unlock", "green") == "\x1b[32munlock\x1b[0m"


def test_dropped_columns_are_named_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (table, terminal):
        monkeypatch.setattr(module, "terminal_width", lambda: 20)
    columns: list[str | Column] = [
        "a",
        Column("polls", drop_order=1),
        Column("p", drop_order=2),
        Column("same", same_only=True),
    ]
    print_table(columns, [["word of 14 cells", "1", "y", "Me"], ["x", "2", "y", "Me"]])
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["a", "word of 14 cells", "x"]
    assert " ".join(printed.err.split()) == (
        "(in each row: p y, same Me; not enough room for: polls; --json has everything)"
    )


def at(minute: int) -> datetime:
    return NOW + timedelta(minutes=minute)


def test_a_sparkline_rises_and_shows_gaps_as_dots() -> None:
    segments = [(at(0), at(19), 0), (at(20), at(39), 7), (at(80), at(99), 14)]
    assert sparkline(segments, at(100), 5, 14) == "▁▄··█"
    assert sparkline(segments, at(100), 10, 14) == "▁▁▄▄····██"


def test_a_single_poll_is_a_flat_sparkline() -> None:
    assert sparkline([(NOW, NOW, 3)], NOW, 4, 3) == "████"
    assert sparkline([(NOW, NOW, 0)], NOW, 4, 0) == "▁▁▁▁"


def test_an_empty_column_that_is_dropped_is_not_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "terminal_width", lambda: 20)
    columns = [Column("game", wraps=True), Column("polls", drop_order=1), Column("today", drop_order=2)]
    print_table(columns, [["A title of words", "", 3], ["Another", "", 3]], width=14)
    assert capsys.readouterr().err == "(in each row: today\n3)\n"
