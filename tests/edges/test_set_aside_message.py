"""A player whose runs kill their processes is set aside with one message, in the same transaction."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.errors import StoreError
from syncer.core.notifications.model import MessageKind, Recipients
from syncer.store.db.tables import messages
from syncer.store.write import player_schedule
from syncer.store.write.player_schedule import DEATHS_UNTIL_SET_ASIDE, PlayerSchedule
from tests.cluster_tables import QueueTables
from tests.edges.harness import SyncHarness

BOTH = Recipients(("ntfy", "mail"), frozenset({MessageKind.FAILING}))
TEXT = "Tester is not polled any more: each run killed its process. Try again: syncer sync --player Tester"


class Outbox:
    """A player of a cluster, and the messages about that player."""

    def __init__(self, url: str, recipients: Recipients = BOTH) -> None:
        self.home = SyncHarness(url)
        self.home.poll()
        self.home.database.queue_schema = "syncer_queue"
        self.tables = QueueTables(self.home.database)
        self.schedule = PlayerSchedule(self.home.database, recipients)
        self.schedule.follow(["Tester", "Unknown"], 0.0)

    def kill(self, player: str = "Tester") -> list[bool]:
        """Return, for each death, whether it set the player aside."""
        return [self.schedule.record_death(player, alone=True) for _ in range(DEATHS_UNTIL_SET_ASIDE + 2)]

    def stored(self) -> list[Any]:
        m = messages.c
        with self.home.database.reading() as tx:
            query = sa.select(m.service, m.kind, m.player_id, m.text, m.created_at, m.next_attempt_at)
            return list(tx.execute(query.order_by(m.id)))


@pytest.fixture
def outbox(migrated_postgres_url: str) -> Iterator[Outbox]:
    made = Outbox(migrated_postgres_url)
    yield made
    made.home.close()


def test_each_service_gets_one_message(outbox: Outbox) -> None:
    assert outbox.kill() == [False, False, True, False, False]
    rows = outbox.stored()
    assert [tuple(row[:4]) for row in rows] == [("ntfy", "failing", 1, TEXT), ("mail", "failing", 1, TEXT)]
    assert all(row.created_at == row.next_attempt_at for row in rows)
    assert abs((outbox.tables.now() - rows[0].created_at).total_seconds()) < 60


def test_a_player_who_works_again_may_be_set_aside_again(outbox: Outbox) -> None:
    outbox.kill()
    outbox.schedule.finish("Tester", 0.0)
    outbox.kill()
    assert len(outbox.stored()) == 4


def test_a_player_without_any_poll_is_named_as_configured(outbox: Outbox) -> None:
    outbox.kill("Unknown")
    assert {(row.player_id, row.text.split()[0]) for row in outbox.stored()} == {(None, "Unknown")}


def test_without_its_message_no_player_is_set_aside(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    for _ in range(DEATHS_UNTIL_SET_ASIDE - 1):
        outbox.schedule.record_death("Tester", alone=True)
    with monkeypatch.context() as patch:
        patch.setattr(player_schedule, "enqueue", fail)
        with pytest.raises(StoreError):
            outbox.schedule.record_death("Tester", alone=True)
    assert (outbox.stored(), outbox.home.queries.cluster.set_aside()) == ([], [])
    assert outbox.schedule.record_death("Tester", alone=True)
    assert len(outbox.stored()) == 2
