"""The table of `syncer changes`: each row has its date, also on a terminal."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncer.cli.commands import changes
from syncer.cli.output import table
from syncer.core.model.progress import PROGRESS_COLUMNS

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def change(at: datetime) -> dict[str, Any]:
    numbers = dict.fromkeys(PROGRESS_COLUMNS, 1) | {f"{name}_delta": 0 for name in PROGRESS_COLUMNS}
    row = {"first_seen_at": at, "username": "Tester", "title": "Game", "game_id": 1}
    return row | numbers | {"kind": "unlock", "after_gap": False, "award": None, "unlocks": []}


def test_every_row_has_its_date_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "terminal_width", lambda: 120)
    app: Any = SimpleNamespace(config=SimpleNamespace(zone=ZoneInfo("Europe/Berlin")))
    rows = [change(START - timedelta(hours=hours)) for hours in (0, 1, 14, 15)]
    changes.print_changes(rows, app)
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["2026-05-01", "14:00"],
        ["2026-05-01", "13:00"],
        ["2026-05-01", "00:00"],
        ["2026-04-30", "23:00"],
    ]
