"""The state of a game by its awards and its numbers, and since when."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.milestones.states import (
    GameState,
    Milestone,
    Poll,
    SeenAward,
    full_kind,
    game_state,
    milestones,
    since,
)
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import Progress

NOW, DAY = datetime(2026, 5, 1, 12, tzinfo=UTC), timedelta(days=1)


def progress(possible: int, unlocked: int, hardcore: int = 0) -> Progress:
    return Progress(possible, possible * 5, unlocked, unlocked * 5, hardcore, hardcore * 5)


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        (progress(10, 10, 10), AwardKind.MASTERED),
        (progress(10, 10, 9), AwardKind.COMPLETED),
        (progress(10, 11, 11), AwardKind.MASTERED),  # while the site counts again
        (progress(10, 9, 9), None),
        (progress(0, 0, 0), None),  # 0 of 0 is not all
    ],
)
def test_all_achievements_of_a_set_make_it_mastered_or_completed(
    numbers: Progress, kind: AwardKind | None
) -> None:
    assert full_kind(numbers) is kind


@pytest.mark.parametrize(
    ("numbers", "award", "state"),
    [
        (progress(10, 10, 10), None, GameState.MASTERED),  # the award is not listed yet
        (progress(10, 10, 10), "completed", GameState.MASTERED),
        (progress(10, 10, 3), "beaten-hardcore", GameState.COMPLETED),
        (progress(35, 34, 34), "mastered", GameState.MASTERED),  # the award stays when a set is revised
        (progress(10, 4, 4), "beaten-hardcore", GameState.BEATEN_HARDCORE),
        (progress(10, 4), "beaten-softcore", GameState.BEATEN_SOFTCORE),
        (progress(10, 4), "of-a-later-version", GameState.IN_PROGRESS),
        (progress(10, 4), None, GameState.IN_PROGRESS),
        (progress(10, 0), None, GameState.NOT_STARTED),
        (progress(0, 0), None, GameState.NO_ACHIEVEMENTS),
        (progress(0, 0), "mastered", GameState.MASTERED),  # the set was removed
        (None, None, GameState.NOT_STARTED),  # not polled yet
        (None, "beaten-softcore", GameState.BEATEN_SOFTCORE),
    ],
)
def test_the_state_is_the_best_of_award_and_numbers(
    numbers: Progress | None, award: str | None, state: GameState
) -> None:
    assert game_state(numbers, award) is state


def test_the_site_dates_a_milestone_and_the_best_one_comes_first() -> None:
    awards = [SeenAward("beaten-hardcore", NOW - 9 * DAY, NOW), SeenAward("mastered", NOW - DAY, NOW)]
    best, beaten = milestones([*awards, SeenAward("of-a-later-version", NOW, NOW)])
    assert best == Milestone(AwardKind.MASTERED, NOW - DAY, is_exact=True)
    assert beaten == Milestone(AwardKind.BEATEN_HARDCORE, NOW - 9 * DAY, is_exact=True)
    assert since(GameState.MASTERED, [best, beaten]) is best
    assert since(GameState.IN_PROGRESS, [best, beaten]) is None


def test_an_award_without_a_date_is_known_from_when_it_was_seen() -> None:
    assert milestones([SeenAward("completed", NOW, NOW)]) == [Milestone(AwardKind.COMPLETED, NOW)]


def test_an_award_without_a_date_in_the_first_answer_may_be_years_old() -> None:
    awards = [SeenAward("completed", NOW, NOW, True), SeenAward("beaten-softcore", NOW - DAY, NOW, True)]
    completed, beaten = milestones(awards)
    assert completed == Milestone(AwardKind.COMPLETED, None)
    assert beaten == Milestone(AwardKind.BEATEN_SOFTCORE, NOW - DAY, is_exact=True)


def poll(days_ago: int, numbers: Progress) -> Poll:
    return Poll(numbers, NOW - days_ago * DAY, NOW - (days_ago - 1) * DAY)


def test_without_an_award_the_polls_show_between_which_moments_it_was_reached() -> None:
    polls = [poll(9, progress(10, 10, 10)), poll(7, progress(12, 10, 10)), poll(5, progress(12, 12, 9))]
    completed = Milestone(AwardKind.COMPLETED, NOW - 5 * DAY, after=NOW - 6 * DAY)
    assert milestones([], polls) == [completed]
    # Then in hardcore, and once more after a gap: the unbroken time counts.
    polls += [poll(3, progress(12, 12, 12)), poll(1, progress(12, 12, 12))]
    assert milestones([], polls) == [Milestone(AwardKind.MASTERED, NOW - 3 * DAY, after=NOW - 4 * DAY)]
    assert milestones([], [*polls, poll(1, progress(13, 12, 12))]) == []


def test_what_was_reached_before_the_first_poll_has_no_date() -> None:
    assert milestones([], [poll(1, progress(10, 10, 10))]) == [Milestone(AwardKind.MASTERED, None)]


def test_an_award_hides_what_the_polls_show_of_its_kind() -> None:
    award = SeenAward("mastered", NOW - 8 * DAY, NOW)
    polls = [poll(9, progress(10, 9, 9)), poll(7, progress(10, 10, 10))]
    assert milestones([award], polls) == [Milestone(AwardKind.MASTERED, NOW - 8 * DAY, is_exact=True)]
