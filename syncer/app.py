"""The only place where things are built and connected."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from syncer.api.heartbeat import HeartbeatConfig
from syncer.core.clock import Clock
from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreBusy, StoreError
from syncer.core.events import Event, EventHandler, ignore_event
from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.core.notifications.model import Recipients
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from syncer.core.sync.player_sync import PlayerSync
from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, require_current
from syncer.store.read.queries import Queries, queries_on
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

    @property
    def is_made(self) -> bool:
        """Whether there is a database to read from."""
        return current(self.database) is not None

    def health_report(self) -> HealthReport:
        """How the looking goes; who is configured and was never seen, too. Raises StoreError."""
        require_current(self.database)
        now, config = self.clock.now(), self.config
        known = self.queries.health.player_health(now, config.gap_after)
        unseen = [e.label for e in config.players if not self.queries.players.find(e.username, e.ulid)]
        pulses = (*known, *(PlayerHealth(label, label) for label in unseen))
        budgets = {e.label: self._budget(e.key.reveal()).read() for e in config.players}
        return HealthReport(now, pulses, self.queries.storage.size(), budgets, self._limits)

    @property
    def heartbeat(self) -> HeartbeatConfig:
        """The dead man's switch, as configured."""
        config = self.config
        players = frozenset(entry.label for entry in config.players)
        return HeartbeatConfig(config.ping_url.reveal(), players, config.proxy, config.ca_file)

    def services(self) -> list[Service]:
        """Those that take messages."""
        return [Service(entry.name, entry.url.reveal()) for entry in self.config.services]

    def with_config(self, config: Config) -> "App":
        """The same database with other settings."""
        writers = Writers.for_database(self.database, audience(config))
        return App(config, self.clock, self.database, self.queries, writers)

    def recover_interrupted(self) -> None:
        """Under the writer lock, before the first run: end what a killed process left open."""
        self.writers.runs.interrupt_open_runs(self.clock.now())
        self.follow_only_configured()

    def follow_only_configured(self) -> None:
        """Whoever left the configuration is asked about no more; the history stays."""
        self.writers.players.deactivate_other_players(
            [self._tracked_player(e) for e in self.config.players], self.clock.now()
        )

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
                self._budget(key), self._limits, self.clock, interactive=interactive
            )
        return self.limiters[key, interactive]

    def _budget(self, key: str) -> SqlBudgetStore:
        return SqlBudgetStore(self.database, key, self.clock.now)

    @property
    def _limits(self) -> RateLimits:
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
        yield App(config, clock, database, queries_on(database), writers)
    finally:
        database.close()


def audience(config: Config) -> Recipients:
    return Recipients(tuple(entry.name for entry in config.services), config.notify_on)


def prepare_schema(app: App) -> None:
    """Upgrade where that is wanted, and refuse any other schema but ours."""
    if app.config.auto_upgrade:
        upgrade(app.database, app.clock.now())
    require_current(app.database)


def wait_for_database(app: App, ask: Callable[[], object]) -> None:
    """A database that is not up yet is waited for, `start_timeout` long. Raises the last StoreError."""
    until = app.clock.monotonic() + app.config.start_timeout
    wait = 0.25
    while True:
        try:
            ask()
            return
        except (DatabaseCorrupt, DatabaseIncompatible):
            raise
        except StoreError as error:
            hopeless = app.database.path is not None and not isinstance(error, StoreBusy)
            if hopeless or app.clock.monotonic() + wait > until:
                raise
        app.clock.wait(wait)
        wait = min(wait * 2, 5.0)


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
