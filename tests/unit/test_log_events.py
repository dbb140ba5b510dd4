"""Log events: what is logged for events of the core, and that each name is documented."""

import logging
import re
from pathlib import Path

import pytest

from syncer.core.events import BackfillProgress, Event, ResumedRun, RunEnded, RunStarted, WarningRaised
from syncer.core.model.run import RunOutcome, RunReport
from syncer.telemetry.run_log import Listener
from tests.fakes import START

HOME = Path(__file__).parents[2]
NAME = re.compile(r'"event": "(\w+)"|_log\([\w.]+, "(\w+)"')


def logged(caplog: pytest.LogCaptureFixture, *events: Event) -> list[tuple[str, str]]:
    """Return the level and the event name of what is logged for the events."""
    caplog.set_level(logging.DEBUG, "syncer")
    listener = Listener()
    for event in events:
        listener(event)
    return [(record.levelname, record.facts["event"]) for record in caplog.records]  # type: ignore[attr-defined]


def ended(outcome: RunOutcome, error: str = "") -> RunEnded:
    return RunEnded(RunReport("Max", outcome, 0, 1, 4, 4, error=error))


def test_a_lasting_failure_is_logged_when_it_begins_and_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failed = ended(RunOutcome.FAILED, "503")
    assert logged(caplog, failed, failed, ended(RunOutcome.FAILED, "DNS"), ended(RunOutcome.OK)) == [
        ("ERROR", "run_ended"),
        ("DEBUG", "run_ended"),
        ("ERROR", "run_ended"),
        ("INFO", "run_ended"),
    ]
    assert caplog.records[-1].getMessage() == (
        "Max: works again, ok: 4 of 4 games polled, 0 new snapshots, 0 requests"
    )


def test_a_repeated_warning_is_logged_once_per_player(caplog: pytest.LogCaptureFixture) -> None:
    warnings = [WarningRaised("Max", "odd"), WarningRaised("Max", "odd"), WarningRaised("Moss", "odd")]
    assert [level for level, _ in logged(caplog, *warnings)] == ["WARNING", "DEBUG", "WARNING"]


def test_a_run_that_continues_an_interrupted_one_is_logged_as_info(caplog: pytest.LogCaptureFixture) -> None:
    events = [RunStarted("Max", 4, 1), RunStarted("Max", 4, 1, ResumedRun(START, 200))]
    assert logged(caplog, *events, BackfillProgress("Max", "unlocks", 1500)) == [
        ("DEBUG", "run_started"),
        ("INFO", "run_started"),
        ("DEBUG", "backfill_progress"),
    ]
    assert caplog.records[1].getMessage().endswith("; 200 were polled by the interrupted run")


def test_every_log_event_is_documented() -> None:
    texts = [file.read_text("utf-8") for file in (HOME / "syncer").rglob("*.py")]
    used = {one or other for text in texts for one, other in NAME.findall(text)}
    page = (HOME / "docs" / "metrics.md").read_text("utf-8").partition("## Log events")[2]
    assert used == set(re.findall(r"^\| `(\w+)`", page, re.M))
