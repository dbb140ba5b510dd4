"""What comes back: parts, demotions, rises that stay undecided, and zeros of a whole account.

The player and the game are those of test_restored.py.
"""

import pytest

from .lies import Change as LieAbout
from .lies import all_numbers_zero, nothing_at_all
from .restored_case import ALL, assert_no_gain, assert_nothing_gained, case, fall_and_rise


@pytest.mark.on_postgres
def test_a_part_comes_back_and_some_is_new(url: str) -> None:
    """Five of the twenty return, all in hardcore, and three others are earned in softcore."""
    with case(url) as found:
        found.lose()
        found.run(2)
        found.give_back(5)
        for _ in range(3):
            found.earn()
        found.run(2)
        assert found.kinds() == ["reset", "unlock"]
        assert found.restored() == [(5, 50, 5, 50)]
        assert found.sums("achievements") == (3, 15, 0)
        assert found.sums("points") == (30, 150, 0)
        assert found.sums("hardcore_achievements") == (0, 7, 0)


def test_a_demoted_achievement_that_is_promoted_again_came_back(url: str) -> None:
    with case(url) as found:
        catalogue, first = found.site.world.catalogue, found.achievements[0]
        catalogue.demote(found.game, first)
        found.run(2)
        catalogue.promote(found.game, first)
        found.run(2)
        assert found.kinds() == ["demoted", "restored"]
        assert found.restored() == [(1, 10, 1, 10)]
        assert_no_gain(found)


@pytest.mark.on_postgres
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
            assert_nothing_gained(found)
        found.run(5)  # a request that failed several times is sent again within six hours
        assert found.restored() == [(12, 120, 11, 110), (7, 70, 1, 10)]
        assert found.kinds() == ["reset", "restored", "unlock"]
        assert found.sums("achievements") == (1, 0, 0)
        assert found.messages() == ["completed", "unlocks"]


def test_a_rise_whose_unlocks_stay_unreadable_is_decided_by_numbers_after_a_week(url: str) -> None:
    with case(url, every="1d") as found, found.unreadable():
        fall_and_rise(found)
        found.run(3)
        assert found.kinds() == ["reset", "unconfirmed"]
        assert_nothing_gained(found)
        found.run(5)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        assert_no_gain(found)


def test_after_a_week_a_rise_that_is_not_equal_is_a_gain(url: str) -> None:
    with case(url, softcore=7, every="1d") as found, found.unreadable():
        found.lose()
        found.run()
        found.give_back()
        found.earn()
        found.run(9)
        assert found.kinds() == ["reset", "unlock"]
        assert found.sums("achievements") == (20, 19, 0)


@pytest.mark.on_postgres
def test_an_account_that_reads_nothing_for_ten_hours_came_back(url: str) -> None:
    """All four games and both totals read zero for longer than six hours: that is accepted, and undone."""
    with case(url, games=4) as found:
        before = found.unlocks(gone=False)
        found.lie(nothing_at_all, hours=10)
        found.run(4)
        assert found.kinds() == ["reset", "restored"]
        assert found.restored() == [ALL]
        found.run(4)
        assert (found.unlocks(gone=False), found.unlocks(gone=True)) == (before, [])
        assert_no_gain(found)


@pytest.mark.on_postgres
@pytest.mark.parametrize(("about", "hours"), [(nothing_at_all, 5), (all_numbers_zero, 20)])
def test_zeros_of_too_short_a_time_or_with_totals_intact_are_not_stored(
    url: str, about: LieAbout, hours: float
) -> None:
    with case(url, games=4) as found:
        before = found.unlocks(gone=False)
        found.lie(about, hours)
        found.run(8)
        assert found.kinds() == []
        assert found.unlocks(gone=False) == before
        assert_no_gain(found)
