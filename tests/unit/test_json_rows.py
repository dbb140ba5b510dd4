"""A list that is printed row by row looks like one that is printed whole."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from syncer.cli.output.json_document import print_json, print_json_rows

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROW = {
    "title": 'Café "★"\n{}',
    "at": AT,
    "day": date(2026, 5, 1),
    "none": None,
    "list": [],
    "map": {"a": [1]},
}


@pytest.mark.parametrize("rows", [[], [ROW], [ROW, {}, {"a": 1}, ROW]])
@pytest.mark.parametrize("head", [{}, {"since": AT, "until": None}])
def test_rows_are_printed_as_print_json_prints_them(
    head: dict[str, Any], rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    print_json(head | {"rows": rows})
    whole = capsys.readouterr().out
    print_json_rows(head, "rows", iter(rows))
    assert capsys.readouterr().out == whole
