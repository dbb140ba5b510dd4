"""Sessions, dates and playtimes as runs store them, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.store.db.account_tables import games_played, play_sessions, playtime
from syncer.store.db.tables import games

from .harness import START
from .play_harness import MINUTE, PlayHarness

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def home(database_url: str) -> Iterator[PlayHarness]:
    """A player whose library has a past, after the first run."""
    made = PlayHarness(database_url)
    made.world.play("Tester", 1, START - 20 * DAY)
    made.world.earn("Tester", 2, 1, START - 30 * DAY)
    made.poll()
    yield made
    made.close()


@pytest.mark.on_postgres
def test_a_first_probe_stores_the_dates_of_all_games_and_no_session(home: PlayHarness) -> None:
    assert home.dates == {1: START - 20 * DAY, 2: START - 30 * DAY}
    assert home.stored() == []


def test_a_session_is_found_with_its_begin_and_its_end(home: PlayHarness) -> None:
    home.wait(3 * HOUR)
    home.play(1, HOUR)
    ((_, (begin, end)),) = home.truth
    home.wait(HOUR)
    (found,) = home.stored()
    assert found.started_after <= begin <= found.started_before
    assert end - 3 * MINUTE <= found.ended_at <= end
    assert (found.game_id, found.is_open, found.after_gap) == (1, False, False)
    assert home.dates[1] == found.ended_at


@pytest.mark.on_postgres
def test_a_game_that_is_not_followed_has_sessions_and_a_title(home: PlayHarness) -> None:
    home.wait(HOUR)
    home.play(5, HOUR)
    home.wait(HOUR)
    assert [session.game_id for session in home.stored()] == [5]
    assert (5, "Game 5") in home.rows(games, "id", "title")


def test_without_sessions_there_is_none_and_those_that_were_open_end(home: PlayHarness) -> None:
    home.wait(HOUR)
    home.play(1, HOUR)
    assert [session.is_open for session in home.stored()] == [True]
    home.sessions, home.schedule = False, home.schedule
    home.games, home.batch_size, home.idle_every = (1, 2, 3), 2, DAY  # probes go on for the numbers
    home.play(2, HOUR)
    assert [(session.game_id, session.is_open) for session in home.stored()] == [(1, False)]
    assert home.dates[2] > START + 2 * HOUR


def test_a_night_without_a_process_is_told_of_the_session_that_it_hides(home: PlayHarness) -> None:
    home.wait(HOUR)
    home.play(1, HOUR, polls=False)
    home.wait(8 * HOUR, polls=False)
    home.wait(HOUR)
    ((_, (begin, end)),) = home.truth
    (found,) = home.stored()
    assert found.started_after <= begin
    assert found.started_before == found.ended_at
    assert end - 3 * MINUTE <= found.ended_at <= end
    assert (found.is_open, found.after_gap) == (False, True)


def test_an_unlock_with_an_old_date_moves_the_date_and_makes_no_session(home: PlayHarness) -> None:
    home.wait(HOUR)
    home.world.earn("Tester", 3, 1, home.clock.now() - 5 * HOUR)
    home.world.earn("Tester", 1, 1, home.clock.now() - 10 * DAY)
    home.wait(2 * HOUR)
    assert {3, 1} < home.dates.keys()
    assert home.dates[1] > START - 20 * DAY
    assert home.stored() == []


def test_dates_that_go_back_or_vanish_make_no_session(home: PlayHarness) -> None:
    home.site.dates = {1: START - 25 * DAY, 2: None}
    home.wait(2 * HOUR)
    assert home.dates == {1: START - 25 * DAY, 2: START - 30 * DAY}
    home.site.dates = {}
    home.wait(2 * HOUR)
    assert home.dates == {1: START - 20 * DAY, 2: START - 30 * DAY}
    assert home.stored() == []


def test_a_game_that_leaves_the_page_and_comes_back_makes_no_session(home: PlayHarness) -> None:
    home.wait(HOUR)
    home.play(1, 2 * HOUR)
    home.site.off_page = {1}
    home.wait(2 * HOUR)
    assert [session.is_open for session in home.stored()] == [False]
    home.site.off_page = set()
    home.wait(2 * HOUR)
    assert len(home.stored()) == 1


def test_a_clock_that_differs_by_minutes_moves_no_session(home: PlayHarness) -> None:
    home.wait(HOUR)
    home.site.site_clock_off = -8 * MINUTE  # ours is fast; the site's clock dates play
    begin = home.clock.now() - 8 * MINUTE
    for minute in range(0, 60, 2):
        home.world.play("Tester", 1, begin + minute * MINUTE)
        home.wait(2 * MINUTE)
    home.wait(HOUR)
    (found,) = home.stored()
    assert found.started_after <= begin <= found.started_before
    last = home.world.last_played(home.account, 1)
    assert last
    assert found.ended_at == last.replace(microsecond=0)


@pytest.mark.on_postgres
def test_an_hour_without_play_writes_nothing_about_it(home: PlayHarness) -> None:
    home.wait(HOUR)
    tables = (games_played, play_sessions, playtime)
    before = [home.rows(table, *table.c.keys()) for table in tables]
    home.wait(4 * HOUR)
    assert [home.rows(table, *table.c.keys()) for table in tables] == before


@pytest.mark.on_postgres
def test_the_playtime_is_read_once_after_a_session_ended(home: PlayHarness) -> None:
    home.wait(HOUR)
    home.play(1, HOUR)
    assert home.site.games_read == []  # not while it is played
    home.wait(4 * HOUR)
    assert home.site.games_read == [1]
    ((game, seconds),) = home.playtimes
    assert game == 1
    assert 57 <= seconds / 60 <= 60
    home.play(1, HOUR)
    home.wait(4 * HOUR)
    assert home.site.games_read == [1, 1]
    assert [row[1] > seconds + 3400 for row in home.playtimes] == [False, True]


@pytest.mark.on_postgres
def test_an_equal_playtime_goes_on_and_another_begins_a_row(home: PlayHarness) -> None:
    for seconds, minutes in ((60, 0), (60, 5), (60, 3), (90, 9), (60, 12)):
        home.writers.library.save_playtime(home.player, 1, seconds, START + minutes * MINUTE)
    assert home.rows(playtime, "first_seen_at", "last_seen_at", "seconds") == [
        (START, START + 5 * MINUTE, 60),
        (START + 9 * MINUTE, START + 9 * MINUTE, 90),
        (START + 12 * MINUTE, START + 12 * MINUTE, 60),
    ]
