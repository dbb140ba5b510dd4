"""The only place where things are built and connected.

What sends, decides or writes something is imported where it is built: most commands only read, and each
import costs them time.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from syncer.core.announce import announce_to
from syncer.core.clock import Clock
from syncer.core.formats.site_address import id_bytes
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.site_clock import SiteClock, site_clock
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from syncer.store.request_budget import SqlBudgetStore

from .config import Config, PlayerEntry

if TYPE_CHECKING:
    from syncer.core.events import EventHandler
    from syncer.core.notifications.model import Recipients
    from syncer.core.ports import ProgressSource, TrackedPlayer
    from syncer.core.ratelimit.limiter import RateLimiter
    from syncer.core.sync.known_targets import TargetCache
    from syncer.core.sync.player_sync import PlayerSync
    from syncer.store.write.writers import Writers

    from .api import ApiSource, BatchingClient
    from .api.heartbeat import HeartbeatConfig
    from .notify import Service


@dataclass
class App:
    """The connected parts of the program, for one configuration."""

    config: Config
    clock: SiteClock
    database: Database
    queries: Queries
    # Two for a key: a person's request may leave despite an outage or a refused key.
    limiters: "dict[tuple[str, bool], RateLimiter]" = field(default_factory=dict, repr=False)

    @cached_property
    def writers(self) -> "Writers":
        """The writers of the database; their messages go to the configured services."""
        from syncer.store.write.writers import Writers

        return Writers.for_database(self.database, audience(self.config))

    def syncers(
        self, listeners: "Sequence[EventHandler]", *, interactive: bool, rng: Random | None = None
    ) -> "list[PlayerSync]":
        """Return a sync for each configured player. `interactive`: a person waits for it."""
        rng, announce = rng or Random(), announce_to(listeners)
        return [
            self._syncer(entry, self._source(entry, interactive, rng, announce), announce, rng)
            for entry in self.config.players
        ]

    def planners(self) -> "list[PlayerSync]":
        """Return a sync for each configured player that is to plan; what sends is built if it is used."""
        from syncer.core.events import ignore_event
        from syncer.core.sync.lazy_source import lazy_source

        def build(entry: PlayerEntry) -> "ProgressSource":
            return lazy_source(
                self._limiter(entry.key.reveal(), True),
                lambda: self._source(entry, True, Random(), ignore_event),
            )

        return [self._syncer(entry, build(entry), ignore_event, Random()) for entry in self.config.players]

    @cached_property
    def _target_cache(self) -> "TargetCache":
        """What the runs of all players share: its size is limited for all of them."""
        from syncer.core.sync.known_targets import TargetCache

        return TargetCache()

    def with_config(self, config: Config) -> "App":
        """Return an App on the same database with another configuration."""
        # Writers and limiters are built again, for its services and limits.
        return App(config, self.clock, self.database, self.queries)

    def tracked_players(self) -> "list[TrackedPlayer]":
        """Return what each configured player wants to be recorded."""
        return [self._tracked_player(entry) for entry in self.config.players]

    def _syncer(
        self, entry: PlayerEntry, source: "ProgressSource", announce: "EventHandler", rng: Random
    ) -> "PlayerSync":
        from syncer.core.sync.player_sync import PlayerSync

        tracked, writers = self._tracked_player(entry), self.writers
        return PlayerSync(
            tracked,
            source,
            *(writers.players, writers.runs, writers.library, writers.titles, writers.polling),
            clock=self.clock,
            announce=announce,
            rng=rng,
            target_cache=self._target_cache,
        )

    def interactive_client(self, entry: PlayerEntry) -> "BatchingClient":
        """Return a client that uses this player's key and stores nothing but the request budget."""
        from syncer.core.events import ignore_event

        from .api import BatchingClient

        source = self._source(entry, True, Random(), ignore_event)
        # What the rest of the URL leaves of 2,000 bytes (site-api.md section 7).
        max_bytes = id_bytes(self.config.base_url, entry.api_username)
        return BatchingClient(source, self.clock, self.config.batch_size, max_bytes)

    def _source(
        self, entry: PlayerEntry, interactive: bool, rng: Random, announce: "EventHandler"
    ) -> "ApiSource":
        from .api import ApiSource, Client, Transport

        config, key = self.config, entry.key.reveal()
        transport = Transport(
            config.base_url,
            key,
            clock=self.clock,
            timeout=config.timeout,
            ca_file=config.ca_file,
            proxy=config.proxy,
        )
        limiter, username = self._limiter(key, interactive), entry.api_username
        # Each source has its own transport, because a connection belongs to one key; the limiter is shared.
        clock = self.clock
        client = Client(
            *(transport, limiter, username), clock=clock, rng=rng, announce=announce, observe=clock.observe
        )
        return ApiSource(client)

    def _limiter(self, key: str, interactive: bool) -> "RateLimiter":
        """Return the rate limiter of a key: players who share the key share the limiter."""
        from syncer.core.ratelimit.limiter import RateLimiter

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

    @cached_property
    def _name_counts(self) -> Counter[str]:
        return Counter(name for entry in self.config.players for name in names_of(entry))

    def _tracked_player(self, entry: PlayerEntry) -> "TrackedPlayer":
        from syncer.core.ports import OtherNames, TrackedPlayer

        return TrackedPlayer(
            entry.username,
            entry.ulid,
            entry.games,
            self.config.schedule,
            self.config.gap_after,
            self.config.batch_size,
            id_bytes(self.config.base_url, entry.api_username),
            OtherNames(self._name_counts, names_of(entry)),
            entry.played,
            entry.unlocks,
            entry.rank,
            self.config.idle_every,
            self.config.play_every,
            entry.sessions,
        )


def names_of(entry: PlayerEntry) -> set[str]:
    """Return name and ULID in lower case, as the site compares names (site-api.md section 3)."""
    return {name.lower() for name in (entry.username, entry.ulid) if name}


@contextmanager
def open_app(
    config: Config, clock: Clock, *, application: str = "syncer", is_disposable: bool = False
) -> Iterator[App]:
    """Open an App on a database of any schema, or one that does not exist yet."""
    # No connection yet: each command decides what a missing or older database means to it.
    database = Database(
        config.database_url.reveal(),
        application=application,
        is_disposable=is_disposable,
        queue_schema=config.cluster.queue_schema if config.cluster.enabled else "",
    )
    try:
        yield App(config, site_clock(clock), database, Queries(database))
    finally:
        database.close()


def audience(config: Config) -> "Recipients":
    from syncer.core.notifications.model import Recipients

    services = tuple(entry.name for entry in config.services)
    return Recipients(services, config.notify_on, config.zone, config.streak_hour)


def heartbeat_config(config: Config) -> "HeartbeatConfig":
    """Return where the heartbeat goes, and whose runs must succeed for it."""
    from .api.heartbeat import HeartbeatConfig

    players = frozenset(entry.label for entry in config.players)
    # Without the key: the heartbeat goes to another host, which must never see it.
    return HeartbeatConfig(config.ping_url.reveal(), players, config.proxy, config.ca_file)


def notification_services(config: Config) -> "list[Service]":
    """Return the services that receive messages."""
    from .notify import Service

    return [Service(entry.name, entry.url.reveal()) for entry in config.services]
