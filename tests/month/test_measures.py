"""The measures of a month see what they are for: each is shown a month that is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.core.model.progress import GameId

from .delays import SEARCHED, Delays, measure_delays
from .jobs import kind_of_revision
from .presence import compare_gaps, compare_sessions
from .record import DEMOTION, DEMOTION_ZERO, MANUAL, RESET, UNLOCK, Check, Numbers, Session, State
from .scenario import DAY, HOUR, SECOND, START
from .stored import Gap, Row, StoredSession
from .sums import replay

MINUTE = timedelta(minutes=1)
LONG_AGO = START - DAY
BEFORE, AFTER, LATER = (10, 100, 1, 10, 0, 0), (10, 100, 2, 20, 0, 0), (10, 100, 3, 30, 0, 0)
END = START + 10 * DAY


def row(first: timedelta, last: timedelta, numbers: Numbers) -> Row:
    return Row(START + first, START + last, numbers, False)


def delays_of(rows: Sequence[Row], *changes: State) -> Delays:
    states = {1: [State(LONG_AGO, BEFORE, None), *changes]}
    return measure_delays(states, {1: rows}, END)


FIRST = row(MINUTE, 5 * HOUR, BEFORE)
CHANGED = State(START + 6 * HOUR, AFTER, UNLOCK)


def test_a_delay_is_counted_from_the_change_to_the_first_poll_that_shows_it() -> None:
    found = delays_of([FIRST, row(6 * HOUR + 7 * MINUTE, 7 * HOUR, AFTER)], CHANGED)
    assert found.by_kind == {UNLOCK: [7 * MINUTE]}
    assert found.lost == found.invented == []


@pytest.mark.parametrize(("kind", "hours", "late"), [(MANUAL, 2, 1), (MANUAL, 1, 0), (UNLOCK, 2, 0)])
def test_a_change_of_sums_that_was_not_stored_soon_is_named(kind: str, hours: int, late: int) -> None:
    change = State(CHANGED.at, AFTER, kind)
    assert len(delays_of([FIRST, row((6 + hours) * HOUR, 9 * HOUR, AFTER)], change).late) == late


def test_a_change_that_is_never_stored_is_lost() -> None:
    assert len(delays_of([FIRST], CHANGED).lost) == 1


def test_a_change_that_was_soon_replaced_is_not_lost() -> None:
    replaced = State(CHANGED.at + 5 * MINUTE, LATER, UNLOCK)
    found = delays_of([FIRST, row(6 * HOUR + 10 * MINUTE, 7 * HOUR, LATER)], CHANGED, replaced)
    assert found.lost == []
    assert found.by_kind == {UNLOCK: [10 * MINUTE, 5 * MINUTE]}


def test_a_change_that_lasted_longer_than_was_promised_is_lost_though_a_later_one_is_stored() -> None:
    replaced = State(CHANGED.at + 5 * HOUR, LATER, UNLOCK)
    found = delays_of([FIRST, row(12 * HOUR, 13 * HOUR, LATER)], CHANGED, replaced)
    assert len(found.lost) == 1


def test_a_change_at_the_end_may_be_missing() -> None:
    found = delays_of([FIRST], State(END - 2 * HOUR, AFTER, MANUAL))
    assert (found.pending, found.lost) == (1, [])


def test_numbers_that_the_site_did_not_show_are_invented() -> None:
    assert len(delays_of([FIRST, row(6 * HOUR + MINUTE, 7 * HOUR, LATER)], CHANGED).invented) == 2


def test_a_row_that_goes_on_after_a_change_is_invented() -> None:
    assert len(delays_of([row(MINUTE, 8 * HOUR, BEFORE)], CHANGED).invented) == 1


def test_what_was_missed_while_nothing_could_be_polled_is_counted_apart() -> None:
    states = {1: [State(LONG_AGO, BEFORE, None), CHANGED]}
    night = (START + 5 * HOUR, START + 14 * HOUR)
    found = measure_delays(states, {1: [FIRST, row(15 * HOUR, DAY, AFTER)]}, END, absences=[night])
    assert (found.over_absence, dict(found.by_kind), found.lost) == (1, {}, [])


@pytest.mark.parametrize(
    ("after", "kind"), [((9, 100, 1, 20, 0, 0), DEMOTION_ZERO), ((9, 90, 1, 10, 0, 0), DEMOTION)]
)
def test_a_demotion_of_0_points_is_no_change_of_the_sums(after: Numbers, kind: str) -> None:
    assert kind_of_revision(AFTER, after) == kind
    assert (kind in SEARCHED) == (kind == DEMOTION)


def gap(begin: timedelta, end: timedelta, game_id: GameId | None = None) -> Gap:
    return Gap(game_id, START + begin, START + end)


def test_a_gap_without_an_absence_is_invented() -> None:
    found = compare_gaps([gap(HOUR, 2 * HOUR), gap(HOUR, 2 * HOUR, 1)], [])
    assert (len(found.account), found.targets) == (1, 1)
    assert found.late == ["1 games: 01 01:00:00 to 01 02:00:00"]


def test_an_absence_needs_a_gap_of_the_account_that_covers_it() -> None:
    night = (START + HOUR, START + 9 * HOUR)
    assert compare_gaps([gap(55 * MINUTE, 9 * HOUR + MINUTE)], [night]).unreported == []
    assert compare_gaps([gap(55 * MINUTE, 8 * HOUR)], [night]).unreported == [night]
    assert compare_gaps([gap(55 * MINUTE, 10 * HOUR, 1)], [night]).unreported == [night]


PLAYED = Session(1, START + DAY + HOUR, START + DAY + 2 * HOUR)


def stored_session(after: timedelta, before: timedelta, end: timedelta) -> StoredSession:
    return StoredSession(1, START + DAY + after, START + DAY + before, START + DAY + end)


def test_a_session_that_is_not_stored_is_not_found_and_its_day_is_outside_the_range() -> None:
    found = compare_sessions([PLAYED], [], START, END)
    assert (found.share, len(found.outside)) == (0.0, 1)


def test_the_played_time_of_a_day_lies_between_the_ends_of_the_range() -> None:
    right = stored_session(50 * MINUTE, 64 * MINUTE, 2 * HOUR)
    found = compare_sessions([PLAYED], [right], START, END)
    assert (found.share, found.outside) == (1.0, [])
    late = stored_session(62 * MINUTE, 64 * MINUTE, 2 * HOUR)
    assert len(compare_sessions([PLAYED], [late], START, END).outside) == 1


def test_of_two_games_at_the_same_time_one_is_certain() -> None:
    found = [stored_session(50 * MINUTE, 64 * MINUTE, 2 * HOUR)]
    found.append(replace(stored_session(80 * MINUTE, 85 * MINUTE, 100 * MINUTE), game_id=2))
    assert compare_sessions([PLAYED], found, START, END).outside == []


def test_two_changes_that_cancel_out_are_hidden_by_equal_sums() -> None:
    states = {
        1: [State(LONG_AGO, BEFORE, None), CHANGED],
        2: [State(LONG_AGO, AFTER, None), State(CHANGED.at, BEFORE, RESET)],
    }
    rows = {1: [FIRST], 2: [row(MINUTE, 5 * HOUR, AFTER)]}
    checks = [Check(CHANGED.at + after * SECOND, 0, 30, False) for after in (-60, 60)]
    found = replay(states, rows, checks, START)
    assert (found.checks, found.equal, found.hidden) == (2, 2, 1)
