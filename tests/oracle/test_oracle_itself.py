"""The oracle must not raise a false alarm, and must notice each kind of fault."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from .expected_account import FIELDS, accepted, account_differences
from .expected_awards import award_differences, is_gone
from .expected_unlocks import expected_unlocks, first_differences, first_options, unlock_differences
from .outcome import Outcome, run
from .season import MODES, QUIET_SEASON
from .stored import Rows
from .subjects import SUBJECTS
from .truth import Truth
from .values import Row

NEED_NEW_TABLES = ("backdated", "visible_after", "awards", "account")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run(QUIET_SEASON, 1, f"sqlite:///{tmp_path_factory.mktemp('quiet') / 'syncer.db'}")


@pytest.fixture(scope="module")
def listed(short_season: Callable[[str], Outcome]) -> Truth:
    return short_season("sqlite").truth["listed"]


@pytest.mark.parametrize("mode", MODES)
def test_a_season_without_faults_has_no_differences(quiet: Outcome, mode: str) -> None:
    found = {
        name: differences
        for name, compare in SUBJECTS.items()
        if name not in NEED_NEW_TABLES and (differences := compare(quiet.truth[mode], quiet.stored[mode]))
    }
    assert found == {}
    assert all(quiet.truth[mode].judged.values())


def perfect_unlocks(truth: Truth) -> Rows:
    return [stored_unlock(row, periods[-1].until) for row, periods in truth.unlocks.items()]


def stored_unlock(row: Row, gone_at: datetime | None) -> dict[str, Any]:
    names = ("game_id", "achievement_id", "hardcore", "unlocked_at")
    return {**dict(zip(names, row, strict=True)), "gone_at": gone_at}


def test_a_perfect_table_of_unlocks_has_no_differences(listed: Truth) -> None:
    assert unlock_differences(listed, perfect_unlocks(listed)) == []
    first = [
        {"achievement_id": a, "hardcore": min(shown, key=when)[0], "unlocked_at": min(shown, key=when)[1]}
        for a, options in first_options(listed).items()
        if (shown := [option for option in options if option])
    ]
    assert first_differences(listed, first) == []


def when(option: tuple[bool, datetime]) -> tuple[datetime, bool]:
    return option[1], option[0]


def test_each_fault_of_an_unlock_is_noticed(listed: Truth) -> None:
    expected = expected_unlocks(listed).items()
    sure = [row for row, one in expected if row.hardcore and one.must and one.gone is False]
    perfect = perfect_unlocks(listed)
    for row in sure[:4]:
        others = [one for one in perfect if one != stored_unlock(row, None)]
        assert len(unlock_differences(listed, others)) == 1
        assert len(unlock_differences(listed, [*others, stored_unlock(row, listed.end)])) == 1
        moved = row._replace(date=row.date + DAY)
        assert len(unlock_differences(listed, [*perfect, stored_unlock(moved, None)])) == 1
    assert len(sure) > 4


def perfect_awards(truth: Truth) -> Rows:
    names = ("game_id", "kind", "awarded_at")
    return [
        {**dict(zip(names, award, strict=True)), "gone_at": truth.end if is_gone(truth, award) else None}
        for award in truth.awards
    ]


def test_a_mastery_that_was_given_twice_has_two_rows_of_which_one_is_gone(listed: Truth) -> None:
    rows = perfect_awards(listed)
    assert award_differences(listed, rows) == []
    given = [row for row in rows if row["kind"] == "mastered" and row["game_id"] in listed.followed]
    twice = [row for row in given if sum(one["game_id"] == row["game_id"] for one in given) > 1]
    assert len({row["game_id"] for row in twice}) >= 1
    for row in twice:
        others = [one for one in rows if one is not row]
        assert award_differences(
            listed, [*others, {**row, "gone_at": None if row["gone_at"] else listed.end}]
        )


def perfect_account(truth: Truth) -> Rows:
    return [
        {"measure": measure, "value": answer.data[name], "first_seen_at": answer.at}
        for measure, names in FIELDS.items()
        for answer in accepted(truth.sums)
        for name in names
        if name in answer.data
    ]


@pytest.mark.parametrize("mode", MODES)
def test_each_fault_of_the_account_is_noticed(short_season: Callable[[str], Outcome], mode: str) -> None:
    truth = short_season("sqlite").truth[mode]
    rows = perfect_account(truth)
    assert account_differences(truth, rows) == []
    for number in (0, 5, len(rows) - 1):
        later = {**rows[number], "value": 1}
        assert len(account_differences(truth, [*rows[:number], later, *rows[number + 1 :]])) == 1


def test_the_season_has_what_it_is_meant_to_cross(short_season: Callable[[str], Outcome]) -> None:
    for mode, truth in short_season("sqlite").truth.items():
        kinds = {one.kind for changes in truth.judged.values() for one in changes}
        assert {
            "reset",
            "demoted",
            "set_revised",
            "unlock",
            "hardcore_upgrade",
            "reweighted",
            "restored",
        } <= kinds
        late = [
            row
            for row, ps in truth.unlocks.items()
            if ps[0].since - row.date > 10 * DAY > row.date - truth.begun
        ]
        assert late, mode
