"""The only place where things are built and connected."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from syncer.api.heartbeat import HeartbeatConfig
from syncer.core.clock import Clock
from syncer.core.events import Event, EventHandler, ignore_event
from syncer.core.notifications.model import Recipients
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from syncer.core.sync.player_sync import PlayerSync
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from syncer.store.request_budget import SqlBudgetStore
from syncer.store.write.writers import Writers

from .api import ApiSource, BatchingClient, Client, Transport, id_bytes
from .config import Config, PlayerEntry
from .notify import Service

logger = logging.getLogger("syncer")


@dataclass
class App:
    """A configuration at work."""

    config: Config
    clock: Clock
    database: Database
    queries: Queries
    writers: Writers
    limiters: dict[tuple[str, bool], RateLimiter] = field(default_factory=dict, repr=False)

    def syncers(
        self, listeners: Sequence[EventHandler], *, interactive: bool, rng: Random | None = None
    ) -> list[PlayerSync]:
        """One for each configured player, with its own key. `interactive`: a person waits for it."""
        entries = self.config.players
        return [
            self._syncer(entry, announce_to(listeners), interactive, rng or Random()) for entry in entries
        ]

    def with_config(self, config: Config) -> "App":
        """The same database with other settings."""
        writers = Writers.for_database(self.database, audience(config))
        return App(config, self.clock, self.database, self.queries, writers)

    def tracked_players(self) -> list[TrackedPlayer]:
        """Return what each configured player wants to be recorded."""
        return [self._tracked_player(entry) for entry in self.config.players]

    def _syncer(
        self, entry: PlayerEntry, announce: EventHandler, interactive: bool, rng: Random
    ) -> PlayerSync:
        site = self._site(entry, interactive, rng, announce)
        w = self.writers
        return PlayerSync(
            self._tracked_player(entry), site, w.players, w.runs, w.library, self.clock, announce, rng
        )

    def interactive_client(self, entry: PlayerEntry) -> BatchingClient:
        """For a person's questions about anybody, with this player's key. Stores nothing but the budget."""
        room = id_bytes(self.config.base_url, entry.api_username)
        site = self._site(entry, interactive=True, rng=Random())
        return BatchingClient(site, self.clock, self.config.batch_size, room)

    def _site(
        self, entry: PlayerEntry, interactive: bool, rng: Random, announce: EventHandler = ignore_event
    ) -> ApiSource:
        config, key, gate = self.config, entry.key.reveal(), self._gate(entry.key.reveal(), interactive)
        transport = Transport(
            config.base_url,
            key,
            clock=self.clock,
            timeout=config.timeout,
            ca_file=config.ca_file,
            proxy=config.proxy,
        )
        name = entry.api_username
        return ApiSource(Client(transport, gate, name, clock=self.clock, rng=rng, announce=announce))

    def _gate(self, key: str, interactive: bool) -> RateLimiter:
        """One for a key: players who share it queue at the same one."""
        if (key, interactive) not in self.limiters:
            self.limiters[key, interactive] = RateLimiter(
                self.budget_store(key), self.rate_limits, self.clock, interactive=interactive
            )
        return self.limiters[key, interactive]

    def budget_store(self, key: str) -> SqlBudgetStore:
        """Return the store of this key's request budget, shared by all processes."""
        return SqlBudgetStore(self.database, key, self.clock.now)

    @property
    def rate_limits(self) -> RateLimits:
        """The configured limits of one key."""
        return RateLimits(self.config.requests_per_minute, self.config.burst)

    def _tracked_player(self, entry: PlayerEntry) -> TrackedPlayer:
        others = (e for e in self.config.players if e is not entry)
        names = frozenset(name.lower() for e in others for name in (e.username, e.ulid) if name)
        return TrackedPlayer(
            entry.username,
            entry.ulid,
            entry.games,
            self.config.schedule,
            self.config.gap_after,
            self.config.batch_size,
            id_bytes(self.config.base_url, entry.api_username),
            names,
            entry.played,
            entry.unlocks,
        )


@contextmanager
def open_app(config: Config, clock: Clock, *, application: str = "syncer") -> Iterator[App]:
    """An App on a database that may be of any schema, or not be there yet."""
    database = Database(config.database_url.reveal(), application=application)
    try:
        writers = Writers.for_database(database, audience(config))
        yield App(config, clock, database, Queries.for_database(database), writers)
    finally:
        database.close()


def audience(config: Config) -> Recipients:
    return Recipients(tuple(entry.name for entry in config.services), config.notify_on)


def heartbeat_config(config: Config) -> HeartbeatConfig:
    """Return where the heartbeat goes, and whose runs must succeed for it."""
    players = frozenset(entry.label for entry in config.players)
    return HeartbeatConfig(config.ping_url.reveal(), players, config.proxy, config.ca_file)


def notification_services(config: Config) -> list[Service]:
    """Return the services that receive messages."""
    return [Service(entry.name, entry.url.reveal()) for entry in config.services]


def announce_to(listeners: Sequence[EventHandler]) -> EventHandler:
    """A broken listener does not undo a sync."""

    def announce(event: Event) -> None:
        for listen in listeners:
            with suppress(Exception):
                _tell(listen, event)

    return announce


def _tell(listen: EventHandler, event: Event) -> None:
    try:
        listen(event)
    except Exception:
        logger.exception("A listener failed", extra={"facts": {"event": "listener_failed"}})
        raise
