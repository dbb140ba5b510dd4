"""What comes back after a fall is no gain: the named cases, each with values worked out by hand.

A game has 20 achievements of 10 points. Unless a case says otherwise the player has all, 12 of them in
hardcore: 20 and 200 in all, 12 and 120 in hardcore. Sums are gained, lost, adjusted.
"""

from datetime import timedelta

import pytest

from .restored_case import A_YEAR_AGO, ALL, NOTHING, SIZE, assert_no_gain, case, fall_and_rise

DAY = timedelta(days=1)


@pytest.mark.on_postgres
def test_a_fall_whose_unlocks_were_read_in_between(url: str) -> None:
    with case(url) as found:
        before = found.unlocks(gone=False)
        found.lose()
        found.run(2)
        assert found.unlocks(gone=True) == before
        found.give_back()
        found.run(2)
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
        found.run(2)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        assert (found.unlocks(gone=False), found.unlocks(gone=True)) == (before, [])
        assert_no_gain(found)


def test_the_rise_comes_in_two_steps(url: str) -> None:
    with case(url) as found:
        found.lose()
        found.run()
        found.give_back(12)
        found.run(2)
        found.give_back()
        found.run(2)
        assert found.kinds() == ["reset", "restored", "restored"]
        assert found.restored() == [(12, 120, 12, 120), (8, 80, 0, 0)]
        assert_no_gain(found)


def test_one_new_achievement_beside_it(url: str) -> None:
    with case(url, softcore=7) as found:
        found.lose()
        found.run()
        found.give_back()
        found.earn(hardcore=True)
        found.run(2)
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
        found.run(2)
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


@pytest.mark.on_postgres
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
        found.run(4)
        assert found.kinds() == ["reset", "unlock"]
        assert found.restored() == [(19, 190, 12, 120)]
        assert found.sums("achievements") == (1, 0, 0)


def test_a_real_reset_that_is_earned_again_over_weeks_is_all_gain(url: str) -> None:
    with case(url, every="1d") as found:
        before = found.unlocks(gone=False)
        found.lose()
        found.run(2)
        for _ in range(5):
            for _ in range(SIZE // 5):
                found.earn(hardcore=True)
            found.run(4)
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
        found.run(2)
        found.earn(found.achievements[3], at=yesterday, hardcore=True)
        found.run(2)
        assert found.kinds() == ["reset", "unlock"]
        assert found.restored() in ([(0, 0, 0, 0)], [(None, None, None, None)])
        assert found.sums("achievements") == (1, 20, 0)
        assert found.unlocks(gone=False) == [(found.achievements[3], True, yesterday)]
        assert (found.achievements[3], True, A_YEAR_AGO) in found.unlocks(gone=True)
