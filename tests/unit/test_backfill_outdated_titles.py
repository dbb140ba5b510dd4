"""Titles that no answer has shown for weeks are requested again: at least monthly, few a run, none twice."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from syncer.core.backfill.titles import MAX_TITLE_REQUESTS, consoles_to_list, refresh_requests
from syncer.core.errors import BatchError
from syncer.core.model.library import GameInfo, GameTitle
from tests.fakes import START

from .backfill_harness import DAY, QUARTER, BackfillHarness

MONTH = timedelta(days=30)


def titled(count: int, consoles: int = 1) -> BackfillHarness:
    """Return a harness of configured games without unlocks, after runs that read all of their titles."""
    made = BackfillHarness(games=tuple(range(1, count + 1)))
    made.source.consoles = list(range(1, consoles + 1))
    made.source.titles = {g: GameInfo(g, f"Game {g}", g % consoles + 1, "NES", "") for g in range(1, 3000)}
    made.earn(1, START - DAY)
    for _ in range(3 + count // MAX_TITLE_REQUESTS):
        made.run(QUARTER)
    assert len(made.store.titled_games) == count
    made.source.listed_consoles.clear()
    return made


def record_requests(made: BackfillHarness) -> list[int]:
    """Record the games whose titles are requested one by one from now on."""
    asked: list[int] = []
    request = made.source.game

    def recorded(game_id: int) -> GameInfo | None:
        asked.append(game_id)
        return request(game_id)

    made.source.game = recorded  # type: ignore[method-assign]
    return asked


def test_each_title_is_read_again_within_a_month_and_not_more_often_than_needed() -> None:
    made = titled(3, consoles=3)
    asked = record_requests(made)
    for _ in range(30):
        made.run(DAY)
    assert sorted(asked) == [1, 2, 3]
    for _ in range(60):
        made.run(DAY)
    assert sorted(asked) == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_a_game_that_the_site_deleted_is_asked_about_once_a_month() -> None:
    made = titled(1)
    asked = record_requests(made)
    made.source.titles.clear()
    for _ in range(35):
        made.run(DAY)
        made.run(QUARTER)
    assert asked == [1]


def test_titles_of_one_console_are_read_by_its_list_and_the_others_one_by_one() -> None:
    made = titled(12, consoles=3)
    asked = record_requests(made)
    made.source.titles |= {12: GameInfo(12, "Alone", 9, "Zeebo", "")}  # no console of the list
    made.store.titles[12] = GameTitle(12, 9, made.clock.now())
    assert made.run(MONTH).requests == 2 + 1 + MAX_TITLE_REQUESTS  # profile and unlocks; poll; titles
    assert (made.source.listed_consoles, asked) == ([1, 2, 3], [12])
    assert made.run(QUARTER).requests == 1
    assert made.store.outdated_titles(made.store.player, made.clock.now() - DAY) == []  # type: ignore[arg-type]


def test_what_the_list_of_its_console_leaves_out_is_requested_by_itself() -> None:
    made = titled(10, consoles=2)
    asked = record_requests(made)
    listed = made.source.game_list

    def short(console: int) -> object:
        answer = listed(console)
        return type(answer)(tuple(game for game in answer.games if game.game_id != 5))

    made.source.game_list = short  # type: ignore
    made.run(MONTH)
    assert (made.source.listed_consoles, asked) == ([1, 2], [])
    made.run(QUARTER)
    made.run(QUARTER)
    assert (made.source.listed_consoles, asked) == ([1, 2], [5])


def test_missing_titles_come_first_and_a_run_sends_no_more_than_five_requests() -> None:
    made = titled(7, consoles=7)
    asked = record_requests(made)
    made.games += (8, 9)
    made.clock.pass_by(MONTH.total_seconds())
    made.run()
    assert asked[:2] == [8, 9]
    assert len(asked) == MAX_TITLE_REQUESTS
    made.run(QUARTER)
    made.run(QUARTER)
    assert sorted(asked) == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_a_title_that_cannot_be_read_does_not_block_the_others() -> None:
    made = titled(3, consoles=3)
    request, asked = made.source.game, list[int]()

    def failing(game_id: int) -> GameInfo | None:
        asked.append(game_id)
        if game_id == 1:
            raise BatchError("500")
        return request(game_id)

    made.source.game = failing  # type: ignore[method-assign]
    made.run(MONTH)
    made.run(QUARTER)
    assert asked[:3] == [1, 2, 3]
    assert asked.count(2) == asked.count(3) == 1


def games_of(*consoles: int | None) -> list[GameTitle]:
    return [GameTitle(number, console, START) for number, console in enumerate(consoles, 1)]


@pytest.mark.parametrize(
    ("consoles", "outdated", "lists", "requests"),
    [
        ((), None, [], 0),
        ((1,), [1], [], 1),  # one request either way, and the list is the larger answer
        ((1, 1), [1], [1], 1),
        ((1, 1), [], [], 2),  # its list was read: what it leaves out is requested by itself
        ((1, 1, 2, None, None), [1, 2], [1], 4),
        ((1, 1), None, [], 2),  # the consoles would cost as much as the list spares
        ((1, 1, 1), None, [1], 2),
        ((1, 1, 2, 2, 3), None, [1, 2], 4),
    ],
)
def test_the_cheapest_requests(
    consoles: Sequence[int | None], outdated: list[int] | None, lists: list[int], requests: int
) -> None:
    assert consoles_to_list(games_of(*consoles), outdated) == lists
    assert refresh_requests(games_of(*consoles), outdated) == requests
