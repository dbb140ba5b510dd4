"""What comes back after a fall is no gain: the named cases, each with values worked out by hand.

A game has 20 achievements of 10 points. Unless a case says otherwise the player has all, 12 of them in
hardcore: 20 and 200 in all, 12 and 120 in hardcore. Sums are gained, lost, adjusted.
"""

from datetime import timedelta

import pytest

from .lies import Change as LieAbout
from .lies import all_numbers_zero, nothing_at_all
from .restored_case import A_YEAR_AGO, SIZE, Case, case

ALL = (20, 200, 12, 120)
NOTHING = (0, 0, 0)
DAY = timedelta(days=1)
WEEK = 7 * 24  # hours


def assert_no_gain(found: Case) -> None:
    for measure in ("achievements", "points", "hardcore_achievements", "hardcore_points"):
        assert found.sums(measure) == NOTHING, measure
    assert found.messages() == []


def fall_and_rise(found: Case) -> None:
    """Let a poll see nothing, and the next one all of it again."""
    found.lose()
    found.run()
    found.give_back()
    found.run(13)


def test_a_fall_whose_unlocks_were_read_in_between(url: str) -> None:
    with case(url) as found:
        before = found.unlocks(gone=False)
        found.lose()
        found.run(13)
        assert found.unlocks(gone=True) == before
        found.give_back()
        found.run(13)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        assert (found.unlocks(gone=False), found.unlocks(gone=True)) == (before, [])
        assert_no_gain(found)


def test_a_fall_whose_unlocks_were_not_read_in_between(url: str) -> None:
    with case(url) as found:
        before = found.unlocks(gone=False)
        with found.unreadable():
            found.lose()
            found.run()
            found.give_back()
        found.run(13)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        assert (found.unlocks(gone=False), found.unlocks(gone=True)) == (before, [])
        assert_no_gain(found)


def test_the_rise_comes_in_two_steps(url: str) -> None:
    with case(url) as found:
        found.lose()
        found.run()
        found.give_back(12)
        found.run(13)
        found.give_back()
        found.run(13)
        assert found.kinds() == ["reset", "restored", "restored"]
        assert found.restored() == [(12, 120, 12, 120), (8, 80, 0, 0)]
        assert_no_gain(found)


def test_one_new_achievement_beside_it(url: str) -> None:
    with case(url, softcore=7) as found:
        found.lose()
        found.run()
        found.give_back()
        found.earn(hardcore=True)
        found.run(13)
        assert found.kinds() == ["reset", "unlock"]
        assert found.restored() == [(19, 190, 12, 120)]
        assert found.sums("achievements") == (1, 0, 0)
        assert found.sums("points") == (10, 0, 0)
        assert found.sums("hardcore_achievements") == (1, 0, 0)
        assert found.messages() == ["completed", "unlocks"]


def test_a_changed_score_beside_it(url: str) -> None:
    """The last achievement, which is softcore, is worth 15 points when it comes back."""
    with case(url) as found:
        found.lose()
        found.run()
        found.site.world.catalogue.set_points(found.game, found.achievements[-1], 15)
        found.give_back()
        found.run(13)
        assert found.kinds()[-1] == "restored"
        assert found.restored() == [(20, 205, 12, 120)]
        assert found.sums("achievements") == NOTHING
        assert found.sums("points") == (0, 0, 5)
        assert found.messages() == []


def test_without_unlocks_an_equal_rise_right_after_the_fall_came_back(url: str) -> None:
    with case(url, unlocks=False) as found:
        fall_and_rise(found)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        assert_no_gain(found)


@pytest.mark.parametrize(("number", "kind"), [(2, "unlock"), (3, "restored")])
def test_without_unlocks_at_least_three_achievements_prove_it(url: str, number: int, kind: str) -> None:
    with case(url, hardcore=0, softcore=number, unlocks=False) as found:
        fall_and_rise(found)
        assert found.kinds() == ["reset", kind]
        lost = number if kind == "unlock" else 0
        assert found.sums("achievements") == (lost, lost, 0)


def test_without_unlocks_one_more_beside_it_makes_all_a_gain(url: str) -> None:
    with case(url, softcore=7, unlocks=False) as found:
        found.lose()
        found.run()
        found.give_back()
        found.earn()
        found.run()
        assert found.kinds() == ["reset", "unlock"]
        assert found.sums("achievements") == (20, 19, 0)


def test_without_unlocks_a_rise_in_two_steps_is_a_gain(url: str) -> None:
    with case(url, unlocks=False) as found:
        found.lose()
        found.run()
        found.give_back(12)
        found.run()
        found.give_back()
        found.run()
        assert found.kinds() == ["reset", "unlock", "unlock"]
        assert found.sums("points") == (200, 200, 0)


def test_unlocks_that_were_not_read_yet_count_by_their_dates(url: str) -> None:
    """Of the 20 that rise, 19 are older than the last poll before the fall."""
    with case(url, softcore=7, is_readable=False) as found:
        assert found.unlocks(gone=False) == []
        with found.unreadable():
            found.lose()
            found.run()
            found.give_back()
            found.earn()
            found.run()
        found.run(25)
        assert found.kinds() == ["reset", "unlock"]
        assert found.restored() == [(19, 190, 12, 120)]
        assert found.sums("achievements") == (1, 0, 0)


def test_a_real_reset_that_is_earned_again_over_weeks_is_all_gain(url: str) -> None:
    with case(url) as found:
        before = found.unlocks(gone=False)
        found.lose()
        found.run(13)
        for _ in range(5):
            for _ in range(SIZE // 5):
                found.earn(hardcore=True)
            found.run(4.2 * 24)
        assert found.kinds() == ["reset"] + ["unlock"] * 5
        assert all(amount in (0, None) for rise in found.restored() for amount in rise)
        assert found.sums("achievements") == (20, 20, 0)
        assert found.sums("hardcore_points") == (200, 120, 0)
        assert found.messages() == ["mastered"] + ["unlocks"] * 5
        assert found.unlocks(gone=True) == before
        assert len(found.unlocks(gone=False)) == SIZE


def test_offline_unlocks_of_yesterday_that_arrive_after_a_reset_are_gains(url: str) -> None:
    with case(url) as found:
        yesterday = (found.now - DAY).replace(microsecond=0)
        found.lose()
        found.run(13)
        found.earn(found.achievements[3], at=yesterday, hardcore=True)
        found.run(13)
        assert found.kinds() == ["reset", "unlock"]
        assert found.restored() in ([(0, 0, 0, 0)], [(None, None, None, None)])
        assert found.sums("achievements") == (1, 20, 0)
        assert found.unlocks(gone=False) == [(found.achievements[3], True, yesterday)]
        assert (found.achievements[3], True, A_YEAR_AGO) in found.unlocks(gone=True)


def test_a_part_comes_back_and_some_is_new(url: str) -> None:
    """Five of the twenty return, all in hardcore, and three others are earned in softcore."""
    with case(url) as found:
        found.lose()
        found.run(13)
        found.give_back(5)
        for _ in range(3):
            found.earn()
        found.run(13)
        assert found.kinds() == ["reset", "unlock"]
        assert found.restored() == [(5, 50, 5, 50)]
        assert found.sums("achievements") == (3, 15, 0)
        assert found.sums("points") == (30, 150, 0)
        assert found.sums("hardcore_achievements") == (0, 7, 0)


def test_a_demoted_achievement_that_is_promoted_again_came_back(url: str) -> None:
    with case(url) as found:
        catalogue, first = found.site.world.catalogue, found.achievements[0]
        catalogue.demote(found.game, first)
        found.run(13)
        catalogue.promote(found.game, first)
        found.run(13)
        assert found.kinds() == ["demoted", "restored"]
        assert found.restored() == [(1, 10, 1, 10)]
        assert_no_gain(found)


def test_several_undecided_rises_are_filled_oldest_first(url: str) -> None:
    """The new one came with the first step; the unlocks are read after the second."""
    with case(url, softcore=7) as found:
        with found.unreadable():
            found.lose()
            found.run()
            found.give_back(11)
            found.earn(found.achievements[-1])
            found.run()
            found.give_back()
            found.run()
            assert found.kinds() == ["reset", "unconfirmed", "unconfirmed"]
            assert_no_gain(found)
        found.run(13)
        assert found.restored() == [(12, 120, 11, 110), (7, 70, 1, 10)]
        assert found.kinds() == ["reset", "restored", "unlock"]
        assert found.sums("achievements") == (1, 0, 0)


def test_a_rise_whose_unlocks_stay_unreadable_is_decided_by_numbers_after_a_week(url: str) -> None:
    with case(url) as found, found.unreadable():
        fall_and_rise(found)
        found.run(WEEK - 48)
        assert found.kinds() == ["reset", "unconfirmed"]
        assert_no_gain(found)
        found.run(72)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        assert_no_gain(found)


def test_after_a_week_a_rise_that_is_not_equal_is_a_gain(url: str) -> None:
    with case(url, softcore=7) as found, found.unreadable():
        found.lose()
        found.run()
        found.give_back()
        found.earn()
        found.run(WEEK + 48)
        assert found.kinds() == ["reset", "unlock"]
        assert found.sums("achievements") == (20, 19, 0)


def test_an_account_that_reads_nothing_for_ten_hours_came_back(url: str) -> None:
    """All four games and both totals read zero for longer than six hours: that is accepted, and undone."""
    with case(url, games=4) as found:
        before = found.unlocks(gone=False)
        found.lie(nothing_at_all, hours=10)
        found.run(24)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        found.run(24)
        assert (found.unlocks(gone=False), found.unlocks(gone=True)) == (before, [])
        assert_no_gain(found)


@pytest.mark.parametrize(("about", "hours"), [(nothing_at_all, 5), (all_numbers_zero, 20)])
def test_zeros_of_too_short_a_time_or_with_totals_intact_are_not_stored(
    url: str, about: LieAbout, hours: float
) -> None:
    with case(url, games=4) as found:
        before = found.unlocks(gone=False)
        found.lie(about, hours)
        found.run(48)
        assert found.kinds() == []
        assert found.unlocks(gone=False) == before
        assert_no_gain(found)
