"""The backfill of titles: single games and console lists."""

import pytest

from syncer.core.backfill.titles import title_requests
from syncer.core.errors import BatchError
from syncer.core.model.library import GameInfo, GameList
from tests.fakes import START

from .backfill_harness import DAY, QUARTER, BackfillHarness, harness

__all__ = ["harness"]  # a fixture, requested by its name


def test_a_title_request_that_fails_does_not_block_the_others(harness: BackfillHarness) -> None:
    original = harness.source.game

    def failing(game_id: int) -> GameInfo | None:
        if game_id == 2:
            raise BatchError("500")
        return original(game_id)

    harness.source.game = failing  # type: ignore
    harness.run(QUARTER)
    assert harness.store.titled_games == {1, 3}
    harness.source.game = original  # type: ignore
    harness.run(QUARTER)
    assert harness.store.titled_games == {1, 2, 3}


def test_a_console_list_that_fails_does_not_block_the_others() -> None:
    many = BackfillHarness(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.titles = {g: GameInfo(g, f"Game {g}", g % 3 + 1, "NES", "") for g in range(1, 101)}
    original = many.source.game_list

    def failing(console_id: int) -> GameList:
        if console_id == 1:
            raise BatchError("no list")
        return original(console_id)

    many.source.game_list = failing  # type: ignore
    many.run()
    many.run(QUARTER)
    assert many.source.listed_consoles == [2, 3]
    many.source.game_list = original  # type: ignore
    many.run(QUARTER)
    assert many.source.listed_consoles == [2, 3, 1]
    assert len(many.store.titled_games) == 100


def test_titles_are_requested_one_by_one_if_no_console_list_succeeds() -> None:
    many = BackfillHarness(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.consoles = [1]
    many.source.game_list = lambda _: (_ for _ in ()).throw(BatchError("no list"))  # type: ignore
    many.run()
    many.run(QUARTER)
    assert len(many.store.titled_games) == 3  # what is left of five requests


@pytest.mark.parametrize("consoles", [[], None])
def test_titles_are_requested_one_by_one_without_consoles(consoles: list[int] | None) -> None:
    many = BackfillHarness(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.consoles = consoles or []
    if consoles is None:
        many.source.console_ids = lambda: (_ for _ in ()).throw(BatchError("no list"))  # type: ignore
    many.run()
    many.run(QUARTER)
    for _ in range(3):
        many.run(QUARTER)
    assert len(many.store.titled_games) >= 10, many.events[-9:]


def test_few_titles_are_requested_one_by_one_and_many_by_console_lists() -> None:
    few = BackfillHarness(games=tuple(range(1, 9)))
    few.earn(1, START - DAY)
    runs = [few.run().requests, few.run(QUARTER).requests, few.run(QUARTER).requests]
    assert runs == [4, 1 + 5, 1 + 3]
    assert few.source.listed_consoles == []
    many = BackfillHarness(games=tuple(range(1, 101)))
    many.earn(1, START - DAY)
    many.source.consoles = list(range(1, 7))
    many.source.titles = {g: GameInfo(g, f"Game {g}", g % 6 + 1, "NES", "") for g in range(1, 98)}
    many.run()
    assert many.run(QUARTER).requests == 1 + 5  # the consoles, and the lists of four
    assert many.source.listed_consoles == [1, 2, 3, 4]
    assert many.run(QUARTER).requests == 1 + 2
    assert many.source.listed_consoles == [1, 2, 3, 4, 5, 6]
    assert len(many.store.titled_games) == 97
    assert many.run(QUARTER).requests == 1 + 3  # what no list holds is asked for itself
    assert many.run(QUARTER).requests == 1


@pytest.mark.parametrize(
    ("untitled", "outdated", "expected"),
    [(0, None, 0), (3, None, 3), (60, None, 5), (62, None, 5), (62, 2, 2), (62, 0, 5), (2, 3, 2)],
)
def test_the_number_of_title_requests(untitled: int, outdated: int | None, expected: int) -> None:
    assert title_requests(untitled, outdated) == expected
