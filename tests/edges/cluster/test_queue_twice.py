"""Two planners, the lock of one of which was lost: the second one finds the players queued."""

import pytest

from syncer.core.errors import StoreError
from syncer.run.cluster.job_queue import JobQueue
from tests.cluster_tables import DEAD_AFTER, queue_tables


def test_players_who_are_queued_already_are_an_error_that_planners_expect(migrated_postgres_url: str) -> None:
    with queue_tables(migrated_postgres_url) as tables:
        queue = JobQueue(tables.database, DEAD_AFTER)
        queue.queue_jobs([("First", True)])
        with pytest.raises(StoreError, match="another process has queued"):
            queue.queue_jobs([("Second", False), ("First", True)])
