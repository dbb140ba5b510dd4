"""The page "Sync health" of a cluster."""

from tests.cluster_tables import DEAD_AFTER, QueueTables
from tests.edges.harness import SyncHarness

from .harness import context_of, served
from .parsed_page import read


def test_the_page_shows_the_cluster_only_where_there_is_one(migrated_postgres_url: str) -> None:
    home = SyncHarness(migrated_postgres_url)
    home.poll()
    home.database.queue_schema = "syncer_queue"
    queue = QueueTables(home.database)
    queue.add_worker()
    queue.add_player("Ann", 20)
    with served(context_of(home), dead_after=DEAD_AFTER) as client:
        page = read(client, "/sync-health").text
        assert "Cluster attention The planner is not running. Start it: syncer run" in page
        assert "Players due 1 for" in page
        queue.add_player("Ben <b>", 20, aside_for=5)
        page = client.get("/sync-health").text
        assert "Ben &lt;b&gt; is not polled any more" in page
        assert "Ben &lt;b&gt;</td>" in page
        assert "Cluster" not in read(client, "/sync-health?at=2026-05-01T12:00Z").text
    with served(context_of(home)) as client:
        assert "Cluster" not in read(client, "/sync-health").text
    home.close()
