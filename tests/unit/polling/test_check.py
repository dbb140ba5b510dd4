"""What follows from the account's points: nothing, a second check, or a search."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.model.consistency import NO_CHECKS, CheckHistory, Points, SumCheck
from syncer.core.model.polling import CheckDecision, Outcome, Search, SumStatus
from syncer.core.polling.check import RECHECK_AFTER, decide_check

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OURS, MORE = Points(100, 40), Points(130, 40)
DIFFERS = CheckHistory(SumCheck(NOW - 5 * MINUTE, MORE, OURS), since=NOW - 5 * MINUTE)
AGREED = CheckHistory(SumCheck(NOW - HOUR, OURS, OURS))


def decided(
    history: CheckHistory = AGREED, site: Points = MORE, *, follows_all: bool = True, **state: object
) -> CheckDecision:
    status = replace(SumStatus(OURS, history), **state)  # type: ignore[arg-type]
    return decide_check(status, site, NOW, follows_all=follows_all)


def test_equal_sums_are_a_match_and_end_a_search() -> None:
    assert decided(site=OURS, search=Search(NOW - HOUR)) == CheckDecision(
        Outcome.EQUAL, SumCheck(NOW, OURS, OURS)
    )


@pytest.mark.parametrize("history", [AGREED, NO_CHECKS])
def test_the_first_difference_asks_for_a_second_check_five_minutes_later(history: CheckHistory) -> None:
    decision = decided(history)
    assert (decision.outcome, decision.next_at, decision.search) == (
        *(Outcome.RECHECK, NOW + RECHECK_AFTER),
        None,
    )
    assert decision.check == SumCheck(NOW, MORE, OURS)
    assert decision.differs


def test_a_check_that_comes_too_early_does_not_count_as_the_second_one() -> None:
    decision = decided(replace(DIFFERS, since=NOW - MINUTE))
    assert (decision.outcome, decision.next_at) == (Outcome.RECHECK, NOW + 4 * MINUTE)


def test_a_difference_that_stands_starts_a_search_also_if_its_size_changed() -> None:
    for site in (MORE, Points(131, 40)):
        decision = decided(DIFFERS, site)
        assert (decision.outcome, decision.search, decision.next_at) == (
            *(Outcome.SEARCHING, Search(NOW)),
            None,
        )


def test_a_first_difference_in_the_future_came_from_a_wrong_clock() -> None:
    assert decided(replace(DIFFERS, since=NOW + HOUR)).outcome is Outcome.SEARCHING


@pytest.mark.parametrize(("follows_all", "hours"), [(True, 1), (False, 6)])
def test_a_search_starts_at_most_once_in_its_interval(follows_all: bool, hours: int) -> None:
    for begun, outcome in {
        NOW - hours * HOUR + MINUTE: Outcome.WAITING,
        NOW - hours * HOUR: Outcome.SEARCHING,
        NOW + HOUR: Outcome.SEARCHING,  # by a wrong clock
    }.items():
        assert decided(DIFFERS, follows_all=follows_all, search_begun_at=begun).outcome is outcome


def test_a_search_that_has_to_wait_begins_when_it_may() -> None:
    for is_blocked in (False, True):
        decision = decided(DIFFERS, search_begun_at=NOW - 50 * MINUTE, is_blocked=is_blocked)
        assert (decision.outcome, decision.next_at) == (Outcome.WAITING, NOW + 10 * MINUTE)


def test_a_run_that_starts_some_seconds_early_is_not_followed_by_another_one() -> None:
    early = timedelta(seconds=20)
    begun = NOW - HOUR + early
    assert decided(DIFFERS, search_begun_at=begun).outcome is Outcome.SEARCHING
    since = replace(DIFFERS, since=NOW - RECHECK_AFTER + early)
    assert decided(since).outcome is Outcome.SEARCHING


def test_no_search_starts_while_an_answer_is_suspect_or_a_target_fails() -> None:
    decision = decided(DIFFERS, is_blocked=True)
    assert (decision.outcome, decision.search, decision.next_at) == (Outcome.WAITING, None, None)
    assert decision.differs


def test_nothing_is_compared_before_every_game_was_polled() -> None:
    assert decided(is_complete=False) == CheckDecision(Outcome.INCOMPLETE)


def test_a_search_under_way_goes_on_while_the_sums_differ() -> None:
    search = Search(NOW - 2 * HOUR, (7, 8))
    assert decided(DIFFERS, search=search).search == search


def test_what_a_search_left_is_the_residual_and_starts_nothing_until_it_changes() -> None:
    residual = Points(30, 0)
    left = SumCheck(NOW, MORE, OURS, residual)
    assert decided(DIFFERS, search=Search(NOW - HOUR, (), 3, is_done=True)) == CheckDecision(
        Outcome.EXPLAINED, left
    )
    known = CheckHistory(left, residual=residual)
    assert decided(known) == CheckDecision(Outcome.EXPLAINED, left)
    assert not decided(known).differs
    assert decided(known, Points(131, 40)).outcome is Outcome.RECHECK


def test_a_residual_that_becomes_zero_is_a_match() -> None:
    known = CheckHistory(SumCheck(NOW, MORE, OURS, Points(30, 0)), residual=Points(30, 0))
    decision = decided(known, OURS)
    assert decision.outcome is Outcome.EQUAL
    assert decision.check is not None
    assert decision.check.residual is None


def test_where_only_some_games_are_followed_the_first_difference_counts_as_explained() -> None:
    decision = decided(NO_CHECKS, follows_all=False)
    assert decision == CheckDecision(Outcome.EXPLAINED, SumCheck(NOW, MORE, OURS, Points(30, 0)))
    assert decided(AGREED, follows_all=False).outcome is Outcome.RECHECK


numbers = st.integers(0, 50)
moments = st.none() | st.integers(-600, 600).map(lambda minutes: NOW + minutes * MINUTE)


@given(
    *(numbers, numbers, moments, moments, st.booleans(), st.booleans(), st.booleans()),
    st.none() | st.tuples(numbers, numbers),
)
def test_a_search_begins_only_where_nothing_forbids_it(
    hardcore: int,
    softcore: int,
    since: datetime | None,
    begun: datetime | None,
    blocked: bool,
    complete: bool,
    follows_all: bool,
    residual: tuple[int, int] | None,
) -> None:
    site, known = Points(100 + hardcore, 40 + softcore), Points(*residual) if residual else None
    history = replace(AGREED, since=since, residual=known)
    status = SumStatus(OURS, history, None, begun, is_complete=complete, is_blocked=blocked)
    decision = decide_check(status, site, NOW, follows_all=follows_all)
    if decision.search:
        assert complete
        assert not blocked
        assert site.minus(OURS) not in (Points(0, 0), known)
        assert since is not None
        assert begun is None or not NOW - HOUR < begun <= NOW
    else:
        assert decision.next_at is None or NOW < decision.next_at <= NOW + 6 * HOUR
