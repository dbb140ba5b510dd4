"""The status of several players: what needs attention comes first, in lines that players share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from syncer.cli.output.status_table import cells, headlines

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATE = timedelta(minutes=30)


def player(name: str, **more: Any) -> dict[str, Any]:
    """Return a player who was polled ten minutes ago, as the JSON of `syncer status` has it."""
    sets = {"mastered": 3, "completed": 2, "beaten_hardcore": 4, "beaten_softcore": 1}
    run = {"outcome": "ok", "error": None}
    return {
        "username": name,
        "gone_at": None,
        "set_aside_at": None,
        "key_refused_at": None,
        "last_run": run,
        "next_due_at": NOW + timedelta(minutes=5),
        "last_poll_at": NOW - timedelta(minutes=10),
        "overdue": 0,
        "failing": 0,
        "unlocks_today": 6,
        "account": {"hardcore_points": 1200, "softcore_points": 34},
        "sets": sets,
        "streak": {"days": 7, "includes_today": True},
        **more,
    }


def test_players_who_are_all_polled_need_one_line() -> None:
    assert headlines([player("Ann"), player("Ben")], [], NOW, LATE) == ["2 players, all polled as promised."]


def test_the_same_trouble_is_one_line() -> None:
    failed = {"outcome": "failed", "error": "the site does not answer"}
    late = [player(name, next_due_at=NOW - timedelta(hours=1)) for name in "ABCDEFG"]
    others = [
        player("Gone", gone_at=NOW, overdue=4, next_due_at=None),
        player("Key", key_refused_at=NOW, last_run=failed),
        player("Failed", last_run=failed, failing=2),
        player("Late", overdue=1),
        player("Fine"),
    ]
    assert headlines([*late, *others], ["New"], NOW, LATE) == [
        "13 players; 12 need attention:",
        "  not polled yet: New",
        "  not polled as promised: A, B, C, D, E and 3 more",
        "  not on the site any more: Gone",
        "  the site refuses the key: Key",
        "  the last run failed: the site does not answer: Failed",
        "  2 games failing: Failed",
        "What to do: syncer doctor",
    ]


def test_players_who_were_set_aside_are_named_also_those_without_any_poll() -> None:
    assert headlines(
        [player("Ann", set_aside_at=NOW), player("Ben")], ["New", "Old"], NOW, LATE, {"new"}
    ) == [
        "4 players; 3 need attention:",
        "  not polled any more, as each run killed its process (syncer doctor): New, Ann",
        "  not polled yet: Old",
        "What to do: syncer doctor",
    ]


def test_a_poll_within_gap_after_is_not_late() -> None:
    assert len(headlines([player("Ann", next_due_at=NOW - LATE), player("Ben")], [], NOW, LATE)) == 1


def test_streaks_that_end_tonight_are_named() -> None:
    rest = [player("Ben", streak={"days": 0, "includes_today": False}), player("Cid")]
    rest.append(player("Dan", streak={"days": None, "includes_today": None}))
    lines = headlines([player("Ann", streak={"days": 1, "includes_today": False}), *rest], [], NOW, LATE)
    assert lines[1:] == ["Streaks that end tonight: Ann (1 day)"]


def test_a_row_has_points_sets_and_the_last_poll() -> None:
    assert cells(player("Ann"), NOW) == ["Ann", 1200, 34, 3, 2, 5, 7, 6, "10 min ago"]
    unknown = {"account": {"hardcore_points": None, "softcore_points": None}, "last_poll_at": None}
    streak = {"days": None, "includes_today": None}
    assert cells(player("Ann", **unknown, streak=streak), NOW) == ["Ann", "", "", 3, 2, 5, "", 6, "never"]
