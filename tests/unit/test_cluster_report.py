"""What a person reads about the state of a cluster."""

from datetime import UTC, datetime
from typing import Any

import pytest

from syncer.core.monitoring.cluster import LATE_AFTER, ClusterReport, SetAside

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def problems(**more: Any) -> list[tuple[str, str, bool]]:
    report = ClusterReport(NOW, **({"workers": 2} | more))
    return [tuple(problem) for problem in report.problems()]  # type: ignore[misc]


@pytest.mark.parametrize("age", [None, LATE_AFTER])
def test_a_cluster_in_which_no_player_waits_for_long_has_no_problem(age: float | None) -> None:
    assert problems(due=7, oldest_due_seconds=age) == []


def test_without_a_planner_no_run_is_queued() -> None:
    assert problems(has_planner=False) == [("the planner is not running", "Start it: syncer run", True)]


@pytest.mark.parametrize(
    ("due", "what"),
    [(0, "no worker is alive"), (1, "no worker is alive, and 1 player due")],
)
def test_without_a_worker_only_that_is_said(due: int, what: str) -> None:
    found = problems(workers=0, due=due, oldest_due_seconds=9999.0 if due else None)
    assert found == [(what, "Start one: syncer worker", True)]


def test_workers_that_are_probably_dead_are_counted() -> None:
    assert ClusterReport(NOW, workers=2).silent_text == ""
    assert ClusterReport(NOW, workers=5, silent_workers=3).silent_text == "3 of them silent for over 30 s"


def test_players_who_wait_for_long_need_more_workers() -> None:
    hint = "Start more workers: syncer worker"
    assert problems(due=1200, oldest_due_seconds=600.0) == [
        ("1,200 players due, one for 10 min", hint, False)
    ]
    assert problems(due=1, oldest_due_seconds=600.0) == [("1 player due, for 10 min", hint, False)]
    assert len(problems(due=1, oldest_due_seconds=600.0, has_planner=False)) == 1  # which queues their jobs
    assert ClusterReport(NOW).due_text == "no player"


def test_players_who_were_set_aside_are_named() -> None:
    assert problems(set_aside=[SetAside("Ann", NOW)]) == [
        (
            "Ann is not polled any more: each run killed its process",
            "Try again: syncer sync --player Ann",
            True,
        )
    ]
    ((what, hint, _),) = problems(set_aside=[SetAside(name, NOW) for name in "ABCDEFG"])
    assert what == "A, B, C, D, E and 2 more are not polled any more: each run killed its process"
    assert hint == "Try again: syncer sync --player NAME"
