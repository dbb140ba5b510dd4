"""Many games that were played at one moment, as after a time offline, on both databases."""

from collections.abc import Iterator

import pytest

from syncer.core.model.play import RecentPage

from .play_harness import MINUTE, PlayHarness, many_targets

GAMES = set(range(1, 41))


@pytest.fixture
def home(database_url: str) -> Iterator[PlayHarness]:
    """A player with more targets than a request holds, and a site that orders equal moments by the page."""
    made = many_targets(database_url, played=40)
    read = made.site.recently_played

    def unordered(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        turned = sorted(GAMES, reverse=offset > 0)
        made.site.off_page = GAMES - set(turned[offset : offset + count])
        return read(user, 0, count)

    made.site.recently_played = unordered  # type: ignore[method-assign]
    yield made
    made.close()


def test_games_that_were_all_played_at_one_moment_have_their_sessions(home: PlayHarness) -> None:
    for minutes in (60, 15):  # the second probe has ten rows
        for game in GAMES:
            home.world.play("Tester", game, home.clock.now() + MINUTE)
        home.clock.pass_by(minutes * 60)
        assert home.sync(only_due=True)
    assert {session.game_id for session in home.stored()} == GAMES
