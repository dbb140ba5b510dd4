"""The targets that are kept of all players of a process are limited."""

from datetime import UTC, datetime

from syncer.core.model.player import Target
from syncer.core.model.run import RunMark
from syncer.core.sync.known_targets import KnownTargets, TargetCache

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def targets(count: int, run: int = 1) -> KnownTargets:
    return KnownTargets(RunMark(run, 1), NOW, tuple(Target(game) for game in range(1, count + 1)))


def test_the_targets_of_those_that_ran_longest_ago_go_first() -> None:
    cache = TargetCache(most=6)
    for player in (1, 2, 3):
        cache.keep(player, targets(2))
    cache.keep(1, targets(2, run=2))  # player 2 ran longest ago now
    cache.keep(4, targets(2))
    assert [cache.get(player) is not None for player in (1, 2, 3, 4)] == [True, False, True, True]


def test_of_a_player_with_more_than_all_may_have_nothing_is_kept() -> None:
    cache = TargetCache(most=6)
    cache.keep(1, targets(2))
    cache.keep(2, targets(7))
    assert (cache.get(1), cache.get(2)) == (None, None)


def test_what_a_run_may_change_is_dropped() -> None:
    cache = TargetCache()
    cache.keep(1, targets(2))
    cache.drop(1)
    cache.drop(2)
    assert cache.get(1) is None
