"""csv that no spreadsheet obeys, JSON Lines that no reader splits; both give back what went in."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime

import pytest

from syncer.cli.output.csv_jsonl import Csv, JsonLines
from tests.edges.many_players import ODD

AT = datetime(2026, 5, 1, 12, 0, 0, 7000, tzinfo=UTC)


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def undone(cell: str) -> str:
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


@pytest.mark.parametrize("title", ODD)
def test_a_title_survives_the_round_trip(title: str | None) -> None:
    row = [7, title]
    assert parsed(Csv(["id", "title"], raw=True).lines([row])) == [["7", title or ""]]
    ((_, safe),) = parsed(Csv(["id", "title"]).lines([row]))
    assert safe[:1] not in tuple("=+-@\t\r")
    assert undone(safe) == (title or "")
    assert json.loads(JsonLines(["id", "title"]).lines([row])) == {"id": 7, "title": title}


@pytest.mark.parametrize("title", ["=cmd()", "+1", "-1", "@home", "\tx", "\rx"])
def test_what_a_spreadsheet_would_obey_gets_an_apostrophe(title: str) -> None:
    assert parsed(Csv(["title"]).lines([[title]])) == [[f"'{title}"]]
    assert parsed(Csv(["title"], raw=True).lines([[title]])) == [[title]]


def test_numbers_moments_days_truths_and_nulls() -> None:
    row = [-5, 66.67, AT, date(2026, 5, 1), True, False, None]
    cells = ["-5", "66.67", "2026-05-01T12:00:00.007Z", "2026-05-01", "true", "false", ""]
    assert parsed(Csv("abcdefg").lines([row])) == [cells]
    seen = json.loads(JsonLines("abcdefg").lines([row]))
    assert list(seen.values()) == [-5, 66.67, cells[2], cells[3], True, False, None]


def test_a_line_of_json_is_a_line_to_every_reader() -> None:
    rows = [[title] for title in ODD]
    assert len(JsonLines(["title"]).lines(rows).splitlines()) == len(ODD)


def test_csv_begins_with_the_names() -> None:
    assert Csv(["id", "title"]).head == "id,title\r\n"
    assert JsonLines(["id"]).head == ""
