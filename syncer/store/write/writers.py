"""All writers of one database."""

from dataclasses import dataclass

from syncer.core.notifications.model import NO_RECIPIENTS, Recipients
from syncer.store.db.engine import Database

from .library import LibraryWriter
from .outbox import OutboxWriter
from .players import PlayerWriter
from .polling import PollingWriter
from .runs import RunWriter
from .titles import TitleWriter


@dataclass
class Writers:
    """One writer per kind of row. Messages are written for `audience`."""

    players: PlayerWriter
    runs: RunWriter
    library: LibraryWriter
    titles: TitleWriter
    outbox: OutboxWriter
    polling: PollingWriter

    @classmethod
    def for_database(cls, database: Database, audience: Recipients = NO_RECIPIENTS) -> "Writers":
        """Return the writers of a database."""
        return cls(
            PlayerWriter(database),
            RunWriter(database, audience),
            LibraryWriter(database, audience),
            TitleWriter(database),
            OutboxWriter(database),
            PollingWriter(database),
        )
