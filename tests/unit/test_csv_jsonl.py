"""CSV that a spreadsheet does not evaluate and JSON Lines that no reader splits; both keep every value."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime

import pytest

from syncer.cli.output.csv_jsonl import Csv, JsonLines
from tests.edges.many_players import ODD

AT = datetime(2026, 5, 1, 12, 0, 0, 7000, tzinfo=UTC)


def parse_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def unescape(cell: str) -> str:
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


@pytest.mark.parametrize("title", ODD)
def test_a_title_is_restored_from_csv_and_json(title: str | None) -> None:
    row = [7, title]
    assert parse_csv(Csv(["id", "title"], raw=True).lines([row])) == [["7", title or ""]]
    ((_, escaped),) = parse_csv(Csv(["id", "title"]).lines([row]))
    assert escaped[:1] not in tuple("=+-@\t\r")
    assert unescape(escaped) == (title or "")
    assert json.loads(JsonLines(["id", "title"]).lines([row])) == {"id": 7, "title": title}


@pytest.mark.parametrize("title", ["=cmd()", "+1", "-1", "@home", "\tx", "\rx"])
def test_a_formula_gets_an_apostrophe_unless_raw(title: str) -> None:
    assert parse_csv(Csv(["title"]).lines([[title]])) == [[f"'{title}"]]
    assert parse_csv(Csv(["title"], raw=True).lines([[title]])) == [[title]]


def test_each_type_has_one_form_in_csv_and_one_in_json() -> None:
    row = [-5, 66.67, AT, date(2026, 5, 1), True, False, None]
    cells = ["-5", "66.67", "2026-05-01T12:00:00.007Z", "2026-05-01", "true", "false", ""]
    assert parse_csv(Csv("abcdefg").lines([row])) == [cells]
    document = json.loads(JsonLines("abcdefg").lines([row]))
    assert list(document.values()) == [-5, 66.67, cells[2], cells[3], True, False, None]


def test_a_json_line_contains_no_line_separator() -> None:
    rows = [[title] for title in ODD]
    assert len(JsonLines(["title"]).lines(rows).splitlines()) == len(ODD)


def test_only_csv_has_a_header() -> None:
    assert Csv(["id", "title"]).header == "id,title\r\n"
    assert JsonLines(["id"]).header == ""
