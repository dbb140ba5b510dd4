"""Who is due in a cluster, whatever happens to the clock of the server, and whose runs kill."""

from collections.abc import Iterator

import pytest

from syncer.store.write.player_schedule import DEATHS_WITH_OTHERS, PlayerSchedule
from tests.cluster_tables import queue_tables


@pytest.fixture
def schedule(migrated_postgres_url: str) -> Iterator[PlayerSchedule]:
    with queue_tables(migrated_postgres_url) as tables:
        yield PlayerSchedule(tables.database)


def test_a_time_set_before_the_clock_was_set_back_makes_no_player_wait(schedule: PlayerSchedule) -> None:
    schedule.follow(["Later", "Stepped"], 0.0)
    schedule.postpone("Later", 3600.0)
    schedule.postpone("Stepped", 24 * 3600.0)
    assert schedule.due_players() == [("Stepped", True)]


def test_a_second_death_in_a_row_and_none_after_a_run_asks_for_a_separate_process(
    schedule: PlayerSchedule,
) -> None:
    schedule.follow(["Alice"], 0.0)
    asked = []
    for _ in range(DEATHS_WITH_OTHERS):
        assert not schedule.record_death("Alice", alone=False)
        asked.append(schedule.has_killed("Alice"))
    assert asked == [False, True]
    schedule.finish("Alice", 0.0)
    assert not schedule.has_killed("Alice")


def test_tens_of_thousands_of_players_are_followed(schedule: PlayerSchedule) -> None:
    """A statement may have 65,535 parameters."""
    names = [f"Player{number}" for number in range(70_000)]
    schedule.follow(names, 0.0)
    schedule.follow(names[:3], 0.0)
    assert sorted(name for name, _ in schedule.due_players()) == names[:3]
