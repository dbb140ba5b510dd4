"""The plan of a run is what the run sends."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from syncer.core.model.player import Player
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ratelimit.budget import on_too_many_ids
from syncer.core.sync.plan import PlayerState, is_run_due
from syncer.core.sync.reconcile import planned_targets
from tests.fakes import START, ULID

from .harness import HOUR, MINUTE, MemoryHarness, failing_ids


def state(home: MemoryHarness) -> PlayerState:
    targets = planned_targets(home.syncer.tracked, list(home.store.targets.values()), [], home.clock.now())
    return PlayerState(home.store.player, targets, home.store.interrupted_since)


def isolate_an_id(home: MemoryHarness) -> None:
    home.source.fault = failing_ids(3)
    home.poll(15 * MINUTE)
    home.source.fault = lambda ids: None


def interrupt(home: MemoryHarness) -> None:
    """Leave a run that has polled all but games 2 and 4."""
    home.store.interrupted_since = home.clock.now()
    for game in (2, 4):
        home.store.targets[game] = home.store.targets[game]._replace(last_seen_at=START)


def limit_batches(home: MemoryHarness) -> None:
    home.source.limiter.apply(on_too_many_ids(4))


def add_a_game(home: MemoryHarness) -> None:
    home.games = (*home.games, 5)


@pytest.mark.parametrize("story", [lambda home: None, isolate_an_id, interrupt, limit_batches, add_a_game])
@pytest.mark.parametrize("only_due", [False, True])
def test_a_run_sends_the_batches_of_its_plan(
    home: MemoryHarness, story: Callable[[MemoryHarness], None], only_due: bool
) -> None:
    story(home)
    home.clock.pass_by(900)
    home.source.asked.clear()
    plan = home.syncer.plan(state(home), only_due=only_due)
    assert home.source.asked == []
    home.sync(only_due=only_due)
    assert plan.polls.batches
    assert home.source.asked == list(plan.polls.batches)


def test_a_plan_without_a_stored_player_reads_the_profile_and_polls_all_games() -> None:
    home = MemoryHarness()
    plan = home.syncer.plan(state(home))
    assert (plan.reads_profile, plan.syncs_library) == (True, False)
    assert plan.polls.batches == ((1, 2, 3, 4),)


def test_listed_games_are_planned_only_where_played_games_are_tracked(home: MemoryHarness) -> None:
    tracked = home.syncer.tracked
    stored = list(home.store.targets.values())
    for played, games in ((False, 4), (True, 5)):
        found = planned_targets(replace(tracked, played=played), stored, [9], home.clock.now())
        assert len(found) == games


@pytest.mark.parametrize(
    ("player", "due"),
    [
        (None, True),  # to be resolved
        (Player(1, ULID, "Tester", "Tester", gone_at=START, profile_checked_at=START), False),
        (Player(1, ULID, "Tester", "Tester", gone_at=START, profile_checked_at=START - 25 * HOUR), True),
        (
            Player(1, ULID, "Tester", "Tester", library_synced_at=START),
            False,
        ),  # no game: at the next interval
        (Player(1, ULID, "Tester", "Tester", library_synced_at=START - 25 * HOUR), True),
    ],
)
def test_a_player_without_targets_is_due_when_a_request_may_find_some(
    player: Player | None, due: bool
) -> None:
    home = MemoryHarness(())
    home.schedule = IntervalSchedule(15 * MINUTE)
    tracked = replace(home.syncer.tracked, played=True)
    assert is_run_due(tracked, PlayerState(player), START) is due


def test_a_library_that_failed_is_not_due_during_its_backoff() -> None:
    tracked = replace(MemoryHarness(()).syncer.tracked, played=True)
    player = Player(1, ULID, "Tester", "Tester")
    assert is_run_due(tracked, PlayerState(player), START)
    assert not is_run_due(tracked, PlayerState(player), START, is_backing_off=True)
