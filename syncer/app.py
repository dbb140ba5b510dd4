"""The only place where things are built and connected."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from syncer.api.heartbeat import Switch
from syncer.core.clock import Clock
from syncer.core.errors import StoreBusy, StoreDamaged, StoreError, StoreRefused
from syncer.core.events import Announce, Event, to_nobody
from syncer.core.monitoring.health import Pulse, Vitals
from syncer.core.notifications.model import Audience
from syncer.core.ports import Following
from syncer.core.ratelimit.budget import Limits
from syncer.core.ratelimit.limiter import Gate
from syncer.core.sync.run import Syncer
from syncer.store.admin import upgrade as schema
from syncer.store.db.engine import Database
from syncer.store.read.history import Queries
from syncer.store.request_budget import SharedBudget
from syncer.store.write.recorder import Recorder

from .api import Asker, Client, Site, Transport, id_bytes
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
    recorder: Recorder
    gates: dict[tuple[str, bool], Gate] = field(default_factory=dict, repr=False)

    def syncers(
        self, listeners: Sequence[Announce], *, typed: bool, dice: Random | None = None
    ) -> list[Syncer]:
        """One for each configured player, with its own key. `typed`: a person waits for it."""
        entries = self.config.players
        return [self._syncer(entry, announce_to(listeners), typed, dice or Random()) for entry in entries]

    @property
    def is_made(self) -> bool:
        """Whether there is a database to read from."""
        return schema.current(self.database) is not None

    def vitals(self) -> Vitals:
        """How the looking goes; who is configured and was never seen, too. Raises StoreError."""
        schema.require_current(self.database)
        now, config = self.clock.now(), self.config
        known = self.queries.pulses(now, config.gap_after)
        unseen = [e.label for e in config.players if not self.recorder.find_player(e.username, e.ulid)]
        pulses = (*known, *(Pulse(label, label) for label in unseen))
        budgets = {e.label: self._budget(e.key.reveal()).read() for e in config.players}
        return Vitals(now, pulses, self.queries.size(), budgets, self._limits)

    @property
    def switch(self) -> Switch:
        """The dead man's switch, as configured."""
        config = self.config
        players = frozenset(entry.label for entry in config.players)
        return Switch(config.ping_url.reveal(), players, config.proxy, config.ca_file)

    def services(self) -> list[Service]:
        """Those that take messages."""
        return [Service(entry.name, entry.url.reveal()) for entry in self.config.services]

    def reconfigured(self, config: Config) -> "App":
        """The same database with other settings."""
        return App(config, self.clock, self.database, self.queries, Recorder(self.database, audience(config)))

    def take_up(self) -> None:
        """Under the writer lock, before the first run: end what a killed process left open."""
        self.recorder.interrupt_open_runs(self.clock.now())
        self.follow_only_configured()

    def follow_only_configured(self) -> None:
        """Whoever left the configuration is asked about no more; the history stays."""
        self.recorder.remove_all_but([self._following(e) for e in self.config.players], self.clock.now())

    def _syncer(self, entry: PlayerEntry, announce: Announce, typed: bool, dice: Random) -> Syncer:
        site = self._site(entry, typed, dice, announce)
        return Syncer(self._following(entry), site, self.recorder, self.clock, announce, dice)

    def asker(self, entry: PlayerEntry) -> Asker:
        """For a person's questions about anybody, with this player's key. Stores nothing but the budget."""
        room = id_bytes(self.config.base_url, entry.api_username)
        site = self._site(entry, typed=True, dice=Random())
        return Asker(site, self.clock, self.config.batch_size, room)

    def _site(self, entry: PlayerEntry, typed: bool, dice: Random, announce: Announce = to_nobody) -> Site:
        config, key, gate = self.config, entry.key.reveal(), self._gate(entry.key.reveal(), typed)
        transport = Transport(
            config.base_url,
            key,
            clock=self.clock,
            timeout=config.timeout,
            ca_file=config.ca_file,
            proxy=config.proxy,
        )
        name = entry.api_username
        return Site(Client(transport, gate, name, clock=self.clock, dice=dice, announce=announce))

    def _gate(self, key: str, typed: bool) -> Gate:
        """One for a key: players who share it queue at the same one."""
        if (key, typed) not in self.gates:
            self.gates[key, typed] = Gate(self._budget(key), self._limits, self.clock, typed=typed)
        return self.gates[key, typed]

    def _budget(self, key: str) -> SharedBudget:
        return SharedBudget(self.database, key, self.clock.now)

    @property
    def _limits(self) -> Limits:
        return Limits(self.config.requests_per_minute, self.config.burst)

    def _following(self, entry: PlayerEntry) -> Following:
        others = (e for e in self.config.players if e is not entry)
        names = frozenset(name.lower() for e in others for name in (e.username, e.ulid) if name)
        return Following(
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
def opened(config: Config, clock: Clock, *, application: str = "syncer") -> Iterator[App]:
    """An App on a database that may be of any schema, or not be there yet."""
    database = Database(config.database_url.reveal(), application=application)
    try:
        yield App(config, clock, database, Queries(database), Recorder(database, audience(config)))
    finally:
        database.close()


def audience(config: Config) -> Audience:
    return Audience(tuple(entry.name for entry in config.services), config.told)


def make_ready(app: App) -> None:
    """Upgrade where that is wanted, and refuse any other schema but ours."""
    if app.config.auto_upgrade:
        schema.upgrade(app.database, app.clock.now())
    schema.require_current(app.database)


def patiently(app: App, ask: Callable[[], object]) -> None:
    """A database that is not up yet is waited for, `start_timeout` long. Raises the last StoreError."""
    until = app.clock.monotonic() + app.config.start_timeout
    wait = 0.25
    while True:
        try:
            ask()
            return
        except (StoreDamaged, StoreRefused):
            raise
        except StoreError as error:
            hopeless = app.database.path is not None and not isinstance(error, StoreBusy)
            if hopeless or app.clock.monotonic() + wait > until:
                raise
        app.clock.wait(wait)
        wait = min(wait * 2, 5.0)


def announce_to(listeners: Sequence[Announce]) -> Announce:
    """A broken listener does not undo a sync."""

    def announce(event: Event) -> None:
        for listen in listeners:
            with suppress(Exception):
                _tell(listen, event)

    return announce


def _tell(listen: Announce, event: Event) -> None:
    try:
        listen(event)
    except Exception:
        logger.exception("A listener failed", extra={"facts": {"event": "listener_failed"}})
        raise
