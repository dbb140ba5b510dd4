"""What does not hold yet. A test that is named here has to fail: remove its entry when it passes."""

from itertools import product

import pytest

BACK = "what comes back counts as a gain (issue 11, item 1)"
FORGOTTEN = "unlocks earned again overwrite the old row (issue 11, item 2)"
KEPT = "unlocks of games that are not followed are never taken back (issue 11, items 2, 3, 4)"
FIRST = "unlocks that are gone stay first unlocks (issue 11, items 3, 4)"
EVENTS = "events are followed and counted (issue 11, item 5)"
AWARDS = "there is no table of awards (issue 11, item 6)"
ACCOUNT = "there is no history of the account (issue 11, item 6)"
BACKDATED = "no column marks a backdated unlock (issue 11, item 7)"
SETTLING = "an unlock being written, and mass drops with totals intact, are stored (issue 11, item 8)"
RESUMED = "rows that only resume make a day late, or a row of zeros (issue 11, items 8, 9)"

ALL_MODES = ("listed", "played", "numbers")
SEASON: dict[tuple[str, str], str] = {
    **dict.fromkeys(product(("kinds", "restored", "daily", "completions"), ALL_MODES), BACK),
    **dict.fromkeys(product(("snapshots",), ALL_MODES), SETTLING),
    **dict.fromkeys(product(("gaps",), ALL_MODES), RESUMED),
    **dict.fromkeys(product(("awards",), ALL_MODES), AWARDS),
    **dict.fromkeys(product(("account",), ALL_MODES), ACCOUNT),
    **dict.fromkeys(product(("backdated", "visible_after"), ("listed", "played")), BACKDATED),
    **dict.fromkeys(product(("targets", "streaks"), ("played",)), EVENTS),
    **dict.fromkeys(product(("totals",), ("listed", "played")), EVENTS),
    ("unlocks", "listed"): KEPT,
    ("unlocks", "played"): FORGOTTEN,
    ("first_unlocks", "listed"): FIRST,
    ("streaks", "listed"): FIRST,
}
SHORT_ONLY = {("first_unlocks", "played"): FIRST}
LONG_ONLY = dict.fromkeys(product(("unlock_messages",), ("listed", "played")), BACK)

CASES: dict[str, str] = {
    "test_a_fall_whose_unlocks_were_read_in_between": BACK,
    "test_a_fall_whose_unlocks_were_not_read_in_between": BACK,
    "test_the_rise_comes_in_two_steps": BACK,
    "test_one_new_achievement_beside_it": BACK,
    "test_a_changed_score_beside_it": BACK,
    "test_without_unlocks_an_equal_rise_right_after_the_fall_came_back": BACK,
    "test_without_unlocks_at_least_three_achievements_prove_it[3-restored]": BACK,
    "test_unlocks_that_were_not_read_yet_count_by_their_dates": BACK,
    "test_a_real_reset_that_is_earned_again_over_weeks_is_all_gain": FORGOTTEN,
    "test_offline_unlocks_of_yesterday_that_arrive_after_a_reset_are_gains": FORGOTTEN,
    "test_a_part_comes_back_and_some_is_new": BACK,
    "test_a_demoted_achievement_that_is_promoted_again_came_back": BACK,
    "test_several_undecided_rises_are_filled_oldest_first": BACK,
    "test_a_rise_whose_unlocks_stay_unreadable_is_decided_by_numbers_after_a_week": BACK,
    "test_an_account_that_reads_nothing_for_ten_hours_came_back": BACK,
    "test_zeros_of_too_short_a_time_or_with_totals_intact_are_not_stored[all_numbers_zero-20]": SETTLING,
}


def reason_of(item: pytest.Item) -> str | None:
    """Return why a test of the oracle cannot pass yet; None: it has to."""
    name, _, parameters = item.name.partition("[")
    values = item.callspec.params if isinstance(item, pytest.Function) and parameters else {}
    if "subject" in values:
        where = str(values["subject"]), str(values["mode"])
        is_long = item.get_closest_marker("soak") is not None
        return (SEASON | (LONG_ONLY if is_long else SHORT_ONLY)).get(where)
    others = parameters.rstrip("]").removeprefix("sqlite").removeprefix("postgres").strip("-")
    return CASES.get(f"{name}[{others}]" if others else name)
