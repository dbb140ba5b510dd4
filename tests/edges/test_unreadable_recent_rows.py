"""A row of the games played last that cannot be read, behind those of most probes, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from syncer.core.model.play import RecentPage
from syncer.core.model.progress import UnparsableEntry
from syncer.store.db.tables import rejections

from .play_harness import MINUTE, PlayHarness, many_targets

BROKEN = (UnparsableEntry("odd", "broken"),)


@pytest.fixture
def home(database_url: str) -> Iterator[PlayHarness]:
    """A player with more targets than a request holds, who has played 20 games."""
    made = many_targets(database_url, played=20)
    for game in range(1, 21):
        made.world.play("Tester", game, made.clock.now() + game * MINUTE)
    made.clock.pass_by(3600)
    yield made
    made.close()


def stored(home: PlayHarness) -> list[tuple[Any, ...]]:
    return list(home.rows(rejections, "raw", "ended_at"))


def break_row(home: PlayHarness, place: int) -> None:
    """Let the row in this place of the list be unreadable."""
    read = home.site.recently_played

    def broken(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        page = read(user, offset, count)
        before, after = page.games[: place - offset], page.games[place - offset + 1 :]
        is_inside = 0 <= place - offset < len(page.games)
        return replace(page, games=before + after, unreadable=BROKEN) if is_inside else page

    home.site.recently_played = broken  # type: ignore[method-assign]


def run(home: PlayHarness, count: int) -> None:
    for _ in range(count):
        home.clock.pass_by(15 * 60)
        assert home.sync(only_due=True)


def test_a_row_behind_the_short_page_stands_until_a_whole_page_lacks_it(home: PlayHarness) -> None:
    read = home.site.recently_played
    break_row(home, 15)
    run(home, 9)
    assert stored(home) == [("broken", None)]
    home.site.recently_played = read  # type: ignore[method-assign]
    run(home, 4)
    assert [(raw, ended is None) for raw, ended in stored(home)] == [("broken", False)]


def test_a_short_page_with_all_games_ends_what_it_lacks(home: PlayHarness) -> None:
    home.site.off_page = set(range(9, 21))
    read = home.site.recently_played
    break_row(home, 7)
    run(home, 1)
    home.site.recently_played = read  # type: ignore[method-assign]
    run(home, 1)
    assert [(raw, ended is None) for raw, ended in stored(home)] == [("broken", False)]
