"""The order in which a search polls games."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.model.library import GameInfo, GameList
from syncer.core.model.polling import Search
from syncer.core.model.progress import UnparsableEntry
from syncer.core.polling.search import (
    batches_with,
    choose_consoles,
    format_search,
    is_exhausted,
    parse_search,
    revised_games,
    unsearched,
)
from syncer.core.polling.sweep import SweepTarget

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGUN = Search(NOW)


def listed(game: int, count: int | None, points: int | None) -> GameInfo:
    return GameInfo(game, f"Game {game}", 7, "NES", "", count, points)


def target(game: int, age: timedelta = DAY, rate: float = 1.0) -> SweepTarget:
    return SweepTarget(game, NOW - age, DAY, rate)


def test_the_lists_of_consoles_are_read_at_most_once_in_six_hours() -> None:
    assert choose_consoles(BEGUN, [7, 3], 9, None, NOW).consoles == (7, 3)
    assert choose_consoles(BEGUN, [7, 3], 9, NOW - 6 * HOUR, NOW).consoles == (7, 3)
    assert choose_consoles(BEGUN, [7, 3], 9, NOW - 5 * HOUR, NOW).consoles == ()
    assert choose_consoles(BEGUN, [7, 3], 5, None, NOW).consoles == (7, 3)
    assert choose_consoles(BEGUN, [7, 3], 4, None, NOW).consoles == ()  # polling all takes as many
    assert choose_consoles(BEGUN, [7, 3], 9, NOW + HOUR, NOW).consoles == (7, 3)  # by a wrong clock


def test_a_followed_game_with_another_possible_count_or_score_was_revised() -> None:
    answer = GameList((listed(1, 30, 400), listed(2, 31, 400), listed(3, 30, 405), listed(9, 5, 5)))
    assert revised_games(answer, {3: (30, 400), 2: (30, 400), 1: (30, 400)}) == [2, 3]


def test_a_number_that_cannot_be_read_says_nothing() -> None:
    answer = GameList((listed(1, None, 400), listed(2, 30, None), listed(3, None, 401)))
    assert revised_games(answer, {1: (30, 400), 2: (30, 400), 3: (30, 400)}) == [3]


def test_a_game_without_achievements_is_not_listed_if_every_row_was_read() -> None:
    whole = GameList((listed(1, 30, 400),))
    assert revised_games(whole, {2: (30, 400), 3: (0, 0)}) == [2]
    in_part = GameList(whole.games, (UnparsableEntry("no ID", "{}"),))
    assert revised_games(in_part, {2: (30, 400)}) == []
    assert revised_games(GameList(()), {2: (30, 400)}) == []


def test_the_last_batch_is_filled_with_the_games_that_were_not_polled_for_longest() -> None:
    others = [target(game, -game * HOUR) for game in range(1, 20)]
    assert batches_with([1, 2, 19], others, 5) == [(1, 2, 19, 3, 4)]
    assert batches_with([1, 2, 3, 19], others, 3) == [(1, 2, 3), (19, 4, 5)]
    assert batches_with([1, 2], others, 2) == [(1, 2)]


def test_games_that_were_polled_since_the_search_began_are_not_polled_again() -> None:
    targets = [target(1), target(2, -HOUR), target(3)]
    assert [t.game_id for t in unsearched(BEGUN, targets, {3})] == [1]


def test_a_search_ends_also_if_some_targets_never_answer() -> None:
    assert is_exhausted(BEGUN, 250, 0, 100)
    assert not is_exhausted(BEGUN, 250, 10, 100)
    assert not is_exhausted(Search(NOW, (), 5), 250, 10, 100)
    assert is_exhausted(Search(NOW, (), 6), 250, 10, 100)


@pytest.mark.parametrize("text", [None, ""])
def test_without_a_stored_text_there_is_no_search(text: str | None) -> None:
    assert parse_search(text) is None


@given(
    st.integers(0, 10**9),
    st.none() | st.lists(st.integers(1, 200)).map(tuple),
    st.integers(0, 200),
    st.booleans(),
)
def test_a_stored_search_goes_on_where_it_stopped(
    seconds: int, consoles: tuple[int, ...] | None, batches: int, done: bool
) -> None:
    search = Search(NOW + timedelta(seconds=seconds), consoles, batches, done)
    assert parse_search(format_search(search)) == search
