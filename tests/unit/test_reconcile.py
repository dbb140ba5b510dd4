"""The targets become those of the configuration, and keep what was promised."""

from datetime import UTC, datetime, timedelta

from syncer.core.model.player import Target
from syncer.core.sync.reconcile import active, reconcile_targets

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
ONE = Target(1, SOON, 900, failures=2)


def test_a_new_game_is_due_at_once_and_added_once() -> None:
    assert reconcile_targets([], [7, 7], NOW) == [Target(7)]


def test_a_target_that_fits_the_configuration_is_unchanged() -> None:
    assert reconcile_targets([ONE], [1], NOW) == [ONE]


def test_a_removed_game_keeps_its_promise_and_its_first_removal() -> None:
    (gone,) = reconcile_targets([ONE], [], NOW)
    assert gone == ONE._replace(removed_at=NOW)
    assert reconcile_targets([gone], [], NOW + timedelta(days=1)) == [gone]
    assert active([gone, ONE]) == [ONE]


def test_a_game_added_again_is_due_at_once_and_keeps_its_promise() -> None:
    (back,) = reconcile_targets([ONE._replace(removed_at=NOW - timedelta(days=7))], [1], NOW)
    assert back == ONE._replace(due_at=NOW)
