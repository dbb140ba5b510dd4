"""Play sessions from the dates of probes: when one opens, goes on and ends, and what makes none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.model.library import GameInfo
from syncer.core.model.play import PlayDecision, PlaySession, Probe, RecentGame, RecentPage
from syncer.core.model.progress import Progress, UnparsableEntry
from syncer.core.polling.sessions import decide_play, is_page_full, is_playing

NOON, MINUTE = datetime(2026, 5, 1, 12, tzinfo=UTC), timedelta(minutes=1)
GAME, OTHER = 7, 8


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def row(played: float | None, game_id: int = GAME) -> RecentGame:
    info, numbers = GameInfo(game_id, "Castle", 1, "NES", ""), Progress(0, 0, 0, 0, 0, 0)
    return RecentGame(info, numbers, None if played is None else at(played))


def session(after: float, before: float, end: float, **state: bool) -> PlaySession:
    return PlaySession(GAME, at(after), at(before), at(end), **state)


PROBE = Probe(at(15), at(0))
OPEN = session(-20, -15, -2)


def decide(
    *rows: RecentGame, dates: Mapping[int, float], open_one: PlaySession | None = None, probe: Probe = PROBE
) -> PlayDecision:
    stored = {game_id: at(minutes) for game_id, minutes in dates.items()}
    return decide_play(rows, stored, [open_one] if open_one else [], probe)


def test_play_since_the_previous_probe_opens_a_session_that_began_after_it() -> None:
    found = decide(row(14), dates={GAME: -600})
    assert found == PlayDecision({GAME: at(14)}, (session(-5, 14, 14),))


def test_a_game_that_was_never_stored_opens_a_session_too() -> None:
    assert decide(row(14), dates={}).opened == (session(-5, 14, 14),)


def test_a_session_begins_after_the_stored_date_where_that_is_later() -> None:
    assert decide(row(14), dates={GAME: -3}).opened == (session(-3, 14, 14),)


def test_a_session_that_a_probe_finds_late_has_ended_already() -> None:
    assert decide(row(4), dates={GAME: -600}).opened == (session(-5, 4, 4, is_open=False),)


@pytest.mark.parametrize("played", [None, -5, -6, -600, -601, 26])
def test_null_old_dates_and_those_ahead_of_the_clock_make_no_session(played: float | None) -> None:
    # -600: as stored; -601: it went back; 26: no clock of the site shows this at 15
    assert decide(row(played), dates={GAME: -600}).opened == ()


def test_a_date_that_goes_back_is_stored_and_null_and_the_future_are_not() -> None:
    assert decide(row(-700), dates={GAME: -600}).dates == {GAME: at(-700)}
    assert decide(row(None), row(26, OTHER), dates={GAME: -600}).dates == {}


def test_a_date_that_comes_back_after_it_went_back_makes_no_session() -> None:
    assert decide(row(-600), dates={GAME: -700}) == PlayDecision({GAME: at(-600)})


def test_a_first_probe_stores_dates_and_makes_no_session() -> None:
    found = decide(row(14), dates={}, probe=Probe(at(15), None))
    assert found == PlayDecision({GAME: at(14)})


def test_a_session_goes_on_while_its_date_advances() -> None:
    found = decide(row(13), dates={GAME: -2}, open_one=OPEN)
    assert found == PlayDecision({GAME: at(13)}, (), (session(-20, -15, 13),))


def test_an_equal_answer_changes_nothing_while_the_session_may_go_on() -> None:
    probe = Probe(at(8), at(0))
    assert decide(row(-2), dates={GAME: -2}, open_one=OPEN, probe=probe) == PlayDecision()


def test_a_session_without_a_date_for_ten_minutes_is_closed() -> None:
    found = decide(row(-2), dates={GAME: -2}, open_one=OPEN)
    assert found == PlayDecision(changed=(replace(OPEN, is_open=False),))


def test_a_session_that_advanced_and_stopped_is_extended_and_closed_at_once() -> None:
    assert decide(row(3), dates={GAME: -2}, open_one=OPEN).changed == (session(-20, -15, 3, is_open=False),)


def test_a_game_that_left_the_page_ends_its_session_where_the_page_has_all_that_was_played() -> None:
    assert decide(dates={GAME: -2}, open_one=OPEN).changed == (replace(OPEN, is_open=False),)
    part = replace(PROBE, is_whole=False)
    assert decide(row(14, OTHER), dates={GAME: -2}, open_one=OPEN, probe=part).changed == ()


def test_play_after_a_pause_that_a_probe_showed_is_a_session_of_its_own_after_the_first() -> None:
    # The probe at 0 saw nothing for 12 minutes and closed it: the pause is possible play, not certain play.
    assert decide(row(8), dates={GAME: -12}).opened == (session(-12, 8, 8),)


def test_play_after_a_gap_of_the_account_is_a_session_of_its_own() -> None:
    probe = Probe(at(120), at(0), after_gap=True)
    found = decide(row(118), dates={GAME: -2}, open_one=OPEN, probe=probe)
    assert found.changed == (replace(OPEN, is_open=False),)
    assert found.opened == (session(-2, 118, 118, after_gap=True),)


def test_a_step_that_may_hide_a_pause_begins_a_session_right_after_the_first() -> None:
    probe = Probe(at(60), at(0))
    found = decide(row(58), dates={GAME: -2}, open_one=OPEN, probe=probe)
    assert found.changed == (replace(OPEN, is_open=False),)
    assert found.opened == (session(-2, 58, 58),)


@pytest.mark.parametrize(
    ("end", "played", "opened"),
    [
        (-9, 14, (session(-9, 14, 14),)),  # nine minutes of pause were seen, and it may have been longer
        (-9, 1, ()),  # the site counts a pause of ten minutes as play
        (-4, 14, ()),  # a report may come so late: no pause was seen
    ],
)
def test_a_pause_that_the_previous_probe_showed_ends_a_session_if_it_may_be_long(
    end: float, played: float, opened: tuple[PlaySession, ...]
) -> None:
    found = decide(row(played), dates={GAME: end}, open_one=session(-20, -15, end))
    assert found.opened == opened
    assert [one.ended_at for one in found.changed] == [at(end) if opened else at(played)]


def test_a_baseline_closes_what_was_left_open() -> None:
    found = decide(row(14), dates={GAME: -2}, open_one=OPEN, probe=Probe(at(15), None))
    assert (found.opened, found.changed) == ((), (replace(OPEN, is_open=False),))


def test_an_open_session_keeps_its_end_while_the_date_goes_back() -> None:
    probe = Probe(at(5), at(0))
    found = decide(row(-9), dates={GAME: -2}, open_one=OPEN, probe=probe)
    assert found == PlayDecision({GAME: at(-9)})
    assert decide(row(-2), dates={GAME: -9}, open_one=OPEN, probe=probe) == PlayDecision({GAME: at(-2)})


def test_a_row_that_is_repeated_counts_once_by_its_newest_date() -> None:
    found = decide(row(12), row(14), row(13), dates={GAME: -600})
    assert found == PlayDecision({GAME: at(14)}, (session(-5, 14, 14),))


def test_recording_a_probe_twice_is_recording_it_once() -> None:
    first = decide(row(14), dates={GAME: -600})
    again = decide(row(14), dates={GAME: 14}, open_one=first.opened[0])
    assert again == PlayDecision()


@pytest.mark.parametrize(
    ("played", "expected"), [(6, True), (5, False), (15.5, True), (26, False), (None, False)]
)
def test_somebody_plays_while_a_date_is_newer_than_ten_minutes(played: float | None, expected: bool) -> None:
    assert is_playing([row(-600, OTHER), row(played)], at(15)) is expected


def test_the_next_page_is_read_where_each_row_of_a_full_one_was_played_since_the_previous_probe() -> None:
    new, old = tuple(row(1, n) for n in range(1, 50)), row(-6, 50)
    broken = UnparsableEntry("x", "y")
    assert is_page_full(RecentPage((*new, row(-4, 50))), at(0))
    assert is_page_full(RecentPage(new, (broken,)), at(0))
    assert not is_page_full(RecentPage((*new, old)), at(0))
    assert not is_page_full(RecentPage((*new, row(None, 50))), at(0))
    assert not is_page_full(RecentPage(new), at(0))  # the last page
    assert not is_page_full(RecentPage((*new, row(1, 50))), None)
    assert not is_page_full(RecentPage((), (broken,) * 50), at(0))  # nothing says that more was played
