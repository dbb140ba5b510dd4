"""Who is examined: one look at each thing, whatever number of checks ask for it."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from syncer.app import App
from syncer.config import PlayerEntry
from syncer.core.errors import DatabaseCorrupt, StoreError, SyncerError
from syncer.core.model.player import Player, Profile
from syncer.store import request_budget
from syncer.store.admin.integrity import integrity_errors
from syncer.store.db.revision import head, read_revision

from .writable import can_be_used


@dataclass
class CheckContext:
    """The app that is examined. `offline`: nothing may be sent.

    `profiles`: what the site said of each player, or why it was not asked. `clocks_apart`: at each answer,
    the site's minus ours. `complaints`: the checks that were not content so far.
    """

    app: App
    offline: bool = False
    clocks_apart: list[timedelta] = field(default_factory=list, init=False)
    profiles: dict[PlayerEntry, Profile | SyncerError | str] = field(default_factory=dict, init=False)
    complaints: set[str] = field(default_factory=set, init=False)

    @cached_property
    def opened(self) -> str | StoreError | None:
        """The revision of the database, null where it is new; or what keeps it from being opened."""
        try:
            return read_revision(self.app.database)
        except StoreError as error:
            return error

    @cached_property
    def damage(self) -> list[str]:
        """Of a history of our schema."""
        if self.opened != head():
            return []
        try:
            return integrity_errors(self.app.database)
        except DatabaseCorrupt as error:
            return [error.message]

    @property
    def is_readable(self) -> bool:
        """Whether there is a history that can be read; why not is told by a check of its own."""
        return self.opened == head() and not self.damage

    @cached_property
    def budget_fault(self) -> StoreError | None:
        try:
            request_budget.check_file(self.app.database)
        except StoreError as error:
            return error
        return None

    @property
    def may_book(self) -> bool:
        """Whether a request can be booked in the budget; without that none is sent."""
        path = self.app.database.path
        if path is None:
            return self.is_readable
        fault = self.budget_fault
        return can_be_used(path) and (fault is None or isinstance(fault, DatabaseCorrupt))

    @cached_property
    def bound(self) -> dict[PlayerEntry, Player]:
        """Those of the configuration that are stored already."""
        if not self.is_readable:
            return {}
        find = self.app.queries.players.find
        found = {entry: find(entry.username, entry.ulid) for entry in self.app.config.players}
        return {entry: player for entry, player in found.items() if player}

    @property
    def followed(self) -> list[Player]:
        """Bound, and not gone: these are looked at."""
        return [player for player in self.bound.values() if not player.gone_at]
