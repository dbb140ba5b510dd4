"""Awards: which are new, hidden, missing and gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncer.api.endpoints.game_unlocks import parse_highest_award
from syncer.core.account.awards import award_rank, compare_awards, highest_award
from syncer.core.model.account import Award, ListedAward, StoredAward

NOW, DAY = datetime(2026, 5, 1, 12, tzinfo=UTC), timedelta(days=1)
BEFORE, DATE, OTHER = NOW - DAY, NOW - 9 * DAY, NOW - 5 * DAY


def award(kind: str, date: datetime = DATE) -> Award:
    return Award(1, kind, date)


def compare(
    stored: list[StoredAward], kind: str | None, date: datetime | None = DATE, *, proves: bool = False
) -> list[StoredAward]:
    return compare_awards(stored, [ListedAward(1, kind, date)], NOW, proves=proves)


def test_a_new_award_is_added_beside_the_lower_one_which_is_unknown_not_gone() -> None:
    beaten = StoredAward(award("beaten-hardcore"))
    assert compare([beaten], "mastered") == [StoredAward(award("mastered"))]


def test_an_award_that_is_listed_again_changes_nothing() -> None:
    assert compare([StoredAward(award("mastered"))], "mastered") == []


@pytest.mark.parametrize("kind", ["mastered", "completed"])
def test_the_same_kind_with_another_date_closes_the_old_row(kind: str) -> None:
    found = compare([StoredAward(award(kind))], kind, OTHER)
    assert found == [StoredAward(award(kind, OTHER)), StoredAward(award(kind), gone_at=NOW)]


def test_an_old_date_that_is_listed_again_revives_its_row() -> None:
    stored = [StoredAward(award("mastered"), gone_at=BEFORE), StoredAward(award("mastered", OTHER))]
    found = compare(stored, "mastered")
    assert found == [StoredAward(award("mastered")), StoredAward(award("mastered", OTHER), gone_at=NOW)]


@pytest.mark.parametrize("kind", [None, "beaten-softcore"])
def test_an_award_is_gone_after_two_listings_that_name_less(kind: str | None) -> None:
    known = [StoredAward(award("beaten-softcore")), StoredAward(award("beaten-hardcore"))]
    first = compare(known[1:] if kind is None else known, kind)
    assert first == [StoredAward(award("beaten-hardcore"), missing_since=NOW)]
    again = compare_awards(first, [ListedAward(1, kind, DATE)], NOW, proves=False)
    assert [row.gone_at for row in again if row.award.kind == "beaten-hardcore"] == []  # the same listing
    later = compare_awards([*known[:1], *first], [ListedAward(1, kind, DATE)], NOW + DAY, proves=False)
    assert StoredAward(award("beaten-hardcore"), NOW, NOW + DAY) in later


def test_a_listing_that_names_it_again_ends_the_doubt() -> None:
    doubted = StoredAward(award("beaten-hardcore"), missing_since=BEFORE)
    assert compare([doubted], "beaten-hardcore") == [StoredAward(award("beaten-hardcore"))]
    assert compare([doubted], "mastered")[1:] == [StoredAward(award("beaten-hardcore"))]  # hidden again


def test_the_answer_about_the_game_proves_at_once() -> None:
    assert compare([StoredAward(award("mastered"))], None, proves=True) == [
        StoredAward(award("mastered"), NOW, NOW)
    ]


def test_a_game_that_is_not_in_the_listing_keeps_its_award() -> None:
    elsewhere = [ListedAward(2, None)]
    assert compare_awards([StoredAward(award("mastered"))], elsewhere, NOW, proves=False) == []


def test_an_award_without_a_date_is_stored_once_as_of_when_it_was_seen() -> None:
    (found,) = compare([], "completed", None)
    assert found == StoredAward(award("completed", NOW))
    assert compare_awards([found], [ListedAward(1, "completed")], NOW + DAY, proves=False) == []


def test_an_unknown_kind_is_kept_and_compared_with_no_other() -> None:
    known, unknown = StoredAward(award("mastered")), StoredAward(award("legend"))
    assert compare([known], "legend") == [unknown]
    assert compare([unknown], "completed") == [StoredAward(award("completed"))]
    assert compare([unknown], None)[0].missing_since == NOW
    assert (award_rank("legend"), highest_award(["legend"])) == (None, "legend")


def test_the_highest_award() -> None:
    assert highest_award(["completed", "legend", "beaten-hardcore"]) == "completed"
    assert highest_award([]) is None


@pytest.mark.parametrize(
    ("entry", "award"),
    [
        ({"HighestAwardKind": None, "HighestAwardDate": None}, ListedAward(9, None)),
        (
            {"HighestAwardKind": "mastered", "HighestAwardDate": "2026-05-01T12:00:00+00:00"},
            ListedAward(9, "mastered", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ),
        ({}, None),  # the answer does not tell it: no award is gone
        ({"HighestAwardKind": ["mastered"]}, None),
        ({"HighestAwardKind": "mastered", "HighestAwardDate": "yesterday"}, ListedAward(9, "mastered")),
    ],
)
def test_the_highest_award_in_the_answer_about_a_game(
    entry: dict[str, Any], award: ListedAward | None
) -> None:
    assert parse_highest_award(9, entry) == award
