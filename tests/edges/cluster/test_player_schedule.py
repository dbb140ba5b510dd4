"""Who is due in a cluster, whatever happens to the clock of the server."""

from syncer.store.write.player_schedule import PlayerSchedule
from tests.cluster_tables import queue_tables


def test_a_time_set_before_the_clock_was_set_back_makes_no_player_wait(migrated_postgres_url: str) -> None:
    with queue_tables(migrated_postgres_url) as tables:
        schedule = PlayerSchedule(tables.database)
        schedule.follow(["Later", "Stepped"], 0.0)
        schedule.postpone("Later", 3600.0)
        schedule.postpone("Stepped", 24 * 3600.0)
        assert schedule.due_players() == [("Stepped", True)]
