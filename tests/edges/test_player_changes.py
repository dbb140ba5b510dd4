"""Players who are renamed, deleted or configured twice, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.core.model.run import RunOutcome
from syncer.store.admin.integrity import check

from .harness import SyncHarness

HOUR = timedelta(hours=1)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url)
    yield made
    assert check(made.database) == []
    made.close()


def test_a_renamed_player_is_requested_by_ulid_and_the_new_owner_of_the_name_is_ignored(
    home: SyncHarness,
) -> None:
    home.world.rename("Tester", "Middle")
    home.name = "Middle"
    home.world.earn("Middle", 1, 1, home.clock.now())
    home.poll()
    home.world.rename("Middle", "Newest")
    stranger = home.world.add_account("Somebody", "s" * 32)
    home.world.rename("Somebody", "Middle")
    home.world.earn(stranger, 1, 4, home.clock.now())
    home.live(timedelta(hours=30), step=timedelta(minutes=15))
    assert home.history(1)[-1]["num_achieved"] == 1
    assert home.tracked.username == "Newest"
    assert any("Middle" in getattr(event, "what", "") for event in home.events)


def test_a_deleted_player_keeps_its_history_and_is_probed_daily(home: SyncHarness) -> None:
    home.live(HOUR)
    home.world.delete_account("Tester")
    home.live(HOUR)
    before = home.source.requests
    home.live(timedelta(days=3), step=timedelta(minutes=15))
    assert home.source.requests - before <= 4
    assert home.kinds(1) == ["baseline"]


def test_a_name_is_bound_to_one_player_at_most(home: SyncHarness) -> None:
    """First by name, then the same name with another ULID, then by name again."""
    other = home.world.add_account("Other", "o" * 32)
    who = replace(home.syncer.tracked, username="Tester", ulid=other.ulid)
    assert replace(home.syncer, tracked=who).run_once("test")
    found = home.writers.players.find_player("Tester", None)
    assert found
    assert found.ulid == other.ulid
    assert home.poll().outcome is RunOutcome.OK


def test_two_entries_of_one_player_are_a_configuration_error(home: SyncHarness) -> None:
    home.poll()
    home.world.rename("Tester", "Newest")
    home.name = "Newest"
    syncer = home.syncer
    object.__setattr__(syncer.tracked, "others", frozenset({"tester"}))
    report = syncer.run_once("test")
    assert report is not None
    assert report.exit_code == 78
