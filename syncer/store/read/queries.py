"""Every query of one database, by subject."""

from dataclasses import dataclass

from syncer.store.db.engine import Database

from .account import AccountQueries
from .account_polls import AccountPollQueries
from .consistency import ConsistencyQueries
from .daily import DailyQueries
from .diagnostics import DiagnosticsQueries
from .games import GameQueries
from .health import HealthQueries
from .history import HistoryQueries
from .outbox import OutboxQueries
from .players import PlayerQueries
from .polling import PollingQueries
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
    web: WebQueries
    diagnostics: DiagnosticsQueries
    consistency: ConsistencyQueries
    unlocks: UnlockQueries
    polling: PollingQueries
    health: HealthQueries
    outbox: OutboxQueries
    storage: StorageQueries

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
            WebQueries(database),
            DiagnosticsQueries(database),
            ConsistencyQueries(database),
            UnlockQueries(database),
            PollingQueries(database),
            HealthQueries(database),
            OutboxQueries(database),
            StorageQueries(database),
        )
