"""What the checks share: each fact is read once, for all checks that need it."""

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

from .result import NOTHING_POLLED, UNREADABLE
from .writable import is_writable


@dataclass
class CheckContext:
    """The app that is checked, and what the checks have found so far. `offline`: no request may be sent.

    `profiles`: each player's profile, an error, or the reason why no request was sent. `clock_offsets`: the
    site's time minus ours, at each answer. `not_ok`: the checks that warned or failed.
    """

    app: App
    offline: bool = False
    clock_offsets: list[timedelta] = field(default_factory=list, init=False)
    profiles: dict[PlayerEntry, Profile | SyncerError | str] = field(default_factory=dict, init=False)
    not_ok: set[str] = field(default_factory=set, init=False)

    @cached_property
    def revision(self) -> str | StoreError | None:
        """The revision of the database, None if it is new, or the error that prevents opening it."""
        try:
            # Not current(), which raises an error for a newer version's revision: `schema` reports that one.
            return read_revision(self.app.database)
        except StoreError as error:
            return error

    @cached_property
    def damage(self) -> list[str]:
        """Integrity errors of a database at the newest revision."""
        if self.revision != head():
            return []
        try:
            return integrity_errors(self.app.database)
        except DatabaseCorrupt as error:
            return [error.message]

    @property
    def is_readable(self) -> bool:
        """Whether the history can be read. If not, `database`, `schema` or `integrity` reports the reason."""
        return self.revision == head() and not self.damage

    @cached_property
    def budget_error(self) -> StoreError | None:
        """The error that prevents reading the request budget."""
        try:
            request_budget.check_file(self.app.database)
        except StoreError as error:
            return error
        return None

    @property
    def may_send(self) -> bool:
        """Whether a request can be reserved in the budget; without that none is sent."""
        path = self.app.database.path
        # On PostgreSQL the budget is a table, so it needs the database itself.
        if path is None:
            return self.is_readable
        error = self.budget_error
        # A damaged budget is set aside by the next request, so it prevents none.
        return is_writable(path) and (error is None or isinstance(error, DatabaseCorrupt))

    @cached_property
    def stored_players(self) -> dict[PlayerEntry, Player]:
        """The configured players that are stored already."""
        if not self.is_readable:
            return {}
        find = self.app.queries.players.find
        found = {entry: find(entry.username, entry.ulid) for entry in self.app.config.players}
        return {entry: player for entry, player in found.items() if player}

    @property
    def unchecked(self) -> str:
        """Why the history cannot be checked; empty if it can."""
        if self.revision is None or (self.is_readable and not self.stored_players):
            return NOTHING_POLLED
        return "" if self.is_readable else UNREADABLE

    @property
    def active_players(self) -> list[Player]:
        """The stored players that still exist on the site, and so are polled."""
        return [player for player in self.stored_players.values() if not player.gone_at]
