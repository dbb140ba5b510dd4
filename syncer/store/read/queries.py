"""Every query of one database, by subject; a subject is imported when it is first used."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from syncer.store.db.engine import Database
from syncer.store.db.one_transaction import one_transaction

if TYPE_CHECKING:
    from .account import AccountQueries
    from .account_polls import AccountPollQueries
    from .change_details import ChangeDetailQueries
    from .cluster import ClusterQueries
    from .consistency import ConsistencyQueries
    from .daily import DailyQueries
    from .diagnostics import DiagnosticsQueries
    from .game_list import GameListQueries
    from .game_states import GameStateQueries
    from .games import GameQueries
    from .health import HealthQueries
    from .history import HistoryQueries
    from .milestones import MilestoneQueries
    from .observed import ObservedQueries
    from .outbox import OutboxQueries
    from .past import PastQueries
    from .play import PlayQueries
    from .player_table import PlayerTableQueries
    from .players import PlayerQueries
    from .polling import PollingQueries
    from .recent_unlocks import RecentUnlockQueries
    from .recently_played import RecentlyPlayedQueries
    from .review import ReviewQueries
    from .runs import RunQueries
    from .status import StatusQueries
    from .storage import StorageQueries
    from .streaks import StreakQueries
    from .time_series import TimeSeriesQueries
    from .unlock_list import UnlockListQueries
    from .unlock_status import UnlockQueries
    from .version import VersionQueries
    from .web import WebQueries

# The modules of subjects that are not named like them.
MODULES = {
    "series": "time_series",
    "unlocks": "unlock_status",
    "states": "game_states",
    "details": "change_details",
}


class Queries:
    """The query classes side by side; each method is one read-only transaction.

    Most commands need one or two of them, and it would cost them time to define all classes and statements.
    """

    players: "PlayerQueries"
    player_table: "PlayerTableQueries"
    account: "AccountQueries"
    account_polls: "AccountPollQueries"
    runs: "RunQueries"
    games: "GameQueries"
    states: "GameStateQueries"
    milestones: "MilestoneQueries"
    history: "HistoryQueries"
    details: "ChangeDetailQueries"
    streaks: "StreakQueries"
    series: "TimeSeriesQueries"
    daily: "DailyQueries"
    play: "PlayQueries"
    web: "WebQueries"
    diagnostics: "DiagnosticsQueries"
    observed: "ObservedQueries"
    consistency: "ConsistencyQueries"
    unlocks: "UnlockQueries"
    unlock_list: "UnlockListQueries"
    polling: "PollingQueries"
    health: "HealthQueries"
    status: "StatusQueries"
    outbox: "OutboxQueries"
    storage: "StorageQueries"
    recently_played: "RecentlyPlayedQueries"
    version: "VersionQueries"
    recent_unlocks: "RecentUnlockQueries"
    game_list: "GameListQueries"
    review: "ReviewQueries"
    past: "PastQueries"
    cluster: "ClusterQueries"

    def __init__(self, database: Database) -> None:
        self.database = database

    def __getattr__(self, subject: str) -> Any:
        # Called only for what this instance has not yet.
        kind = type(self).__annotations__.get(subject)
        if kind is None:
            raise AttributeError(f"no queries about {subject}")
        module = import_module(f".{MODULES.get(subject, subject)}", __package__)
        queries = getattr(module, kind)(self.database)
        setattr(self, subject, queries)
        return queries

    @contextmanager
    def in_one_transaction(self) -> Iterator["Queries"]:
        """Yield the same queries, which all read the state of one transaction. Raises StoreError."""
        with one_transaction(self.database) as database:
            yield Queries(database)
