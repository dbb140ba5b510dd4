"""The simulated site with one great account: what it shows lags what happened, and each state is recorded.

The tables are those of syncer/demo. What the handlers ask most is kept instead of computed for each request:
otherwise the site would take most of the time of a month.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from syncer.core.model.progress import GameId, Progress
from syncer.demo.handlers.titles import list_entry
from syncer.demo.models import EPOCH, Account, Game, Unlock
from syncer.demo.world import World

from .record import Numbers, Record, State
from .unlock_dates import UnlockDates

PLAYER, KEY = "Tester", "month0canary0month0canary0month0"[:32]
NEVER = datetime.min.replace(tzinfo=UTC)


class MonthWorld(World):
    """One player with a row for each game in `played_at`."""

    def __init__(self) -> None:
        super().__init__()
        self.player = self.add_account(PLAYER, KEY)
        self.record = Record()
        self.shown: dict[GameId, Progress] = {}
        self.played_at: dict[GameId, datetime | None] = {}
        self.playtime: dict[GameId, int] = {}  # seconds
        self.dates = UnlockDates()
        self.row_sums = self.totals = (0, 0)  # hardcore and all points: of the rows, and as the site shows
        self.version = 0  # of unlocks and sets
        self._order: list[GameId] | None = None
        self._list_rows: dict[GameId, dict[str, object]] = {}
        self._by_console: dict[str, list[Game]] = {}

    def begin(self) -> None:
        """Show all that was changed so far, as of long ago."""
        self.metrics.catch_up()
        for game_id in [*self.played_at, *self.events()]:
            self.show(game_id, self.present(game_id), EPOCH, None)
        self.totals = self.row_sums
        games = self.catalogue.games
        self.dates.fill((games[game_id], self.earned(game_id)) for game_id in self.shown)
        for game in sorted(games.values(), key=lambda game: (game.title.casefold(), game.id)):
            self._by_console.setdefault(game.console, []).append(game)

    def events(self) -> Iterator[GameId]:
        return (g for g, game in self.catalogue.games.items() if not self._is_summed(game))

    def earned(self, game_id: GameId) -> dict[int, Unlock]:
        return self.unlock_table.earned(self.player.ulid, game_id)

    def present(self, game_id: GameId) -> Numbers:
        """Return the numbers of a game as they will be shown when all jobs are done."""
        points = [a.points for a in self.catalogue.games[game_id].promoted()]
        return (len(points), sum(points), *self.metrics.row(self.player, game_id).as_tuple)

    def show(self, game_id: GameId, numbers: Numbers, at: datetime, kind: str | None) -> None:
        """Show these numbers from now on."""
        before, after = self.shown.get(game_id), Progress(*numbers)
        if after == before:
            return
        self.shown[game_id] = after
        self.record.add(game_id, State(at, numbers, kind))
        if self._is_summed(self.catalogue.games[game_id]):
            old = before.as_tuple() if before else (0,) * 6
            hardcore, points = self.row_sums
            self.row_sums = (hardcore + numbers[5] - old[5], points + numbers[3] - old[3])

    def touch(self, game_id: GameId) -> None:
        """Forget what was computed of a game: its set or its unlocks have changed."""
        self.version += 1
        self._list_rows.pop(game_id, None)
        if game_id in self.shown:
            self.dates.update(self.catalogue.games[game_id], self.earned(game_id))

    def set_played(self, game_id: GameId, at: datetime | None) -> None:
        self.played_at[game_id] = at
        self._order = None

    def forget_rows(self) -> None:
        """Drop the player's rows, as an account reset does."""
        self.played_at, self._order, self.totals = {}, None, (0, 0)

    # What the handlers ask

    def progress(self, account: Account, game_id: GameId) -> Progress:
        return self.shown.get(game_id) or super().progress(account, game_id)

    def points(self, account: Account) -> tuple[int, int]:
        hardcore, points = self.totals
        return hardcore, points - hardcore

    def last_played(self, account: Account, game_id: GameId) -> datetime | None:
        return self.played_at.get(game_id)

    def by_date(self) -> list[GameId]:
        """Return the games with a row, the newest played first and those without a date last."""
        if self._order is None:
            self._order = sorted(self.played_at, key=lambda g: self.played_at[g] or NEVER, reverse=True)
        return self._order

    def console_games(self, console_id: int) -> list[dict[str, object]]:
        """Return a row for each game of a console, in the order of GetGameList."""
        name = next((c.name for c in self.catalogue.consoles.values() if c.id == console_id), "")
        games = self._by_console.get(name, ())
        return [self._list_rows.get(g.id) or self._list_row(g) for g in games]

    def _list_row(self, game: Game) -> dict[str, object]:
        return self._list_rows.setdefault(game.id, list_entry(self, game, False))
