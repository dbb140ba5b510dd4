"""The text of `syncer diff`: sums of each player, revised sets, and what is not certain."""

from typing import Any

import pytest

from syncer.cli.output.columns import Cell
from syncer.cli.output.diff_text import cells, headlines

SAME = {f"{name}_delta": 0 for name in ("num_achieved", "num_achieved_hardcore", "score_achieved")}
COUNTS = {"num_possible_achievements": 20, "possible_score": 147, "num_achieved": 8, "score_achieved": 98}


def row(**other: Any) -> dict[str, Any]:
    """Return a changed game of PixelHeron; `other` replaces its values."""
    game = {"username": "PixelHeron", "game_id": 1, "title": "Brass Meridian", "kind": "changed"}
    numbers = {**COUNTS, "num_achieved_hardcore": 6, "num_possible_achievements_delta": 0}
    known = {"possible_score_delta": 0, "coverage_from": "known", "coverage_to": "known"}
    return {**game, **numbers, **SAME, **known, **other}


def state(*, is_present: bool = False, **other: Any) -> str:
    *_, last = cells(row(**other), is_present=is_present)
    assert isinstance(last, Cell)
    return str(last.text)


def test_several_players_have_a_sum_each() -> None:
    """Counted together, a game that both follow would be two games."""
    found = [row(num_achieved_delta=2), row(username="Mossfoot64", num_achieved_delta=1)]
    first, *sums = headlines(found, "a and b")
    assert first == "Between a and b:"
    assert [line.split(" achievements")[0] for line in sums] == ["  PixelHeron: +2", "  Mossfoot64: +1"]
    assert all(line.endswith("in 1 game") for line in sums)


def test_one_player_has_one_line() -> None:
    assert headlines([row()], "a and b") == [
        "Between a and b: +0 achievements (+0 in hardcore), +0 points, in 1 game."
    ]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"num_possible_achievements_delta": 4, "possible_score_delta": 57}, "16 -> 20 achievements"),
        ({"possible_score_delta": 45}, "points revised"),
        ({"kind": "first_poll", "num_possible_achievements_delta": None}, "first poll in between"),
        ({}, ""),
    ],
)
def test_revised_set_is_said(change: dict[str, Any], shown: str) -> None:
    assert state(**change) == shown


@pytest.mark.parametrize(
    ("ends", "is_present", "shown"),
    [
        (("between", "between"), False, "between two polls"),
        (("known", "between"), False, "between two polls"),
        (("known", "between"), True, ""),
        (("between", "between"), True, "between two polls"),
        (("known", "gap"), True, "in a gap"),
        (("between", "gap"), False, "between two polls, in a gap"),
    ],
)
def test_end_at_present_is_not_between_two_polls(ends: tuple[str, str], is_present: bool, shown: str) -> None:
    assert state(is_present=is_present, coverage_from=ends[0], coverage_to=ends[1]) == shown
