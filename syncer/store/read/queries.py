"""Every query of one database, by subject."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from syncer.store.db.engine import Database
from syncer.store.db.one_transaction import one_transaction

from .account import AccountQueries
from .account_polls import AccountPollQueries
from .consistency import ConsistencyQueries
from .daily import DailyQueries
from .diagnostics import DiagnosticsQueries
from .games import GameQueries
from .health import HealthQueries
from .history import HistoryQueries
from .observed import ObservedQueries
from .outbox import OutboxQueries
from .play import PlayQueries
from .players import PlayerQueries
from .polling import PollingQueries
from .recently_played import RecentlyPlayedQueries
from .runs import RunQueries
from .storage import StorageQueries
from .time_series import TimeSeriesQueries
from .unlock_status import UnlockQueries
from .web import WebQueries


@dataclass(frozen=True, slots=True)
class Queries:
    """The query classes side by side; each method is one read-only transaction."""

    players: PlayerQueries
    account: AccountQueries
    account_polls: AccountPollQueries
    runs: RunQueries
    games: GameQueries
    history: HistoryQueries
    series: TimeSeriesQueries
    daily: DailyQueries
    play: PlayQueries
    web: WebQueries
    diagnostics: DiagnosticsQueries
    observed: ObservedQueries
    consistency: ConsistencyQueries
    unlocks: UnlockQueries
    polling: PollingQueries
    health: HealthQueries
    outbox: OutboxQueries
    storage: StorageQueries
    recently_played: RecentlyPlayedQueries
    database: Database

    @classmethod
    def for_database(cls, database: Database) -> "Queries":
        """Return the queries of one database."""
        return cls(
            PlayerQueries(database),
            AccountQueries(database),
            AccountPollQueries(database),
            RunQueries(database),
            GameQueries(database),
            HistoryQueries(database),
            TimeSeriesQueries(database),
            DailyQueries(database),
            PlayQueries(database),
            WebQueries(database),
            DiagnosticsQueries(database),
            ObservedQueries(database),
            ConsistencyQueries(database),
            UnlockQueries(database),
            PollingQueries(database),
            HealthQueries(database),
            OutboxQueries(database),
            StorageQueries(database),
            RecentlyPlayedQueries(database),
            database,
        )

    @contextmanager
    def in_one_transaction(self) -> Iterator["Queries"]:
        """Yield the same queries, which all read the state of one transaction. Raises StoreError."""
        with one_transaction(self.database) as database:
            yield Queries.for_database(database)
