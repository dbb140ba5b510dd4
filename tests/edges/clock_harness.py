"""A machine whose clock is set, beside the site, whose clock is right: real requests, in virtual time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from syncer.app import App, open_app
from syncer.config.load import load_text
from syncer.core.clock import truncate_to_ms
from syncer.core.events import Event
from syncer.core.model.run import RunReport
from syncer.core.ratelimit.budget import blocked_until
from syncer.core.sync.player_sync import PlayerSync
from syncer.demo.world import World
from syncer.store.db.metadata import history
from syncer.store.db.moment import Moment
from syncer.store.db.tables import snapshots
from tests.faulty_site import FaultyServer
from tests.migrated import prepare

from .demo.hand_clock import NOON, HandClock

KEY = "canary0canary0canary0canary0canar"[:32]
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
STEP = 5 * MINUTE  # between two wakes of the daemon
AHEAD = ("due_at", "next_at")  # moments that lie in the future by their meaning
STEPS: dict[str, timedelta] = {
    "-1 h": timedelta(hours=-1),
    "+1 h": timedelta(hours=1),
    "+13 h": timedelta(hours=13),
    "+23 h": timedelta(hours=23),
    "+2 d": timedelta(days=2),
    "1970": datetime(1970, 1, 1, tzinfo=UTC) - NOON,
    "2040": datetime(2040, 1, 1, tzinfo=UTC) - NOON,
}


class MachineClock(HandClock):
    """The clock of the machine. `off`: how far it is fast; setting it is a step."""

    def __init__(self, site: HandClock) -> None:
        super().__init__()
        self.site, self.off = site, timedelta(0)

    def now(self) -> datetime:
        return truncate_to_ms(self.site.moment + self.off)

    def monotonic(self) -> float:
        return self.site.seconds

    def steady(self) -> float:
        return self.site.seconds

    def move(self, seconds: float) -> None:
        self.site.move(seconds)


class ClockHarness:
    """One player on the simulated site, polled each 15 minutes by a process that can be restarted."""

    def __init__(self, url: str, folder: Path) -> None:
        self.site_clock = HandClock()
        self.clock = MachineClock(self.site_clock)
        self.world = World()
        for game in (1, 2, 3):
            self.world.add_game(f"Game {game}", [5, 10, 25, 50], game_id=game)
        self.world.add_account("Tester", KEY)
        self.server = FaultyServer(self.world, self.site_clock)
        self.server.__enter__()
        self.url, self.folder = url, folder
        self.events: list[Event] = []
        self.reports: list[RunReport] = []
        self.games: tuple[int, ...] = (1, 2, 3)
        self.start()
        prepare(self.app.database, self.clock.now())

    def start(self) -> None:
        """Start the process."""
        text = f"""
            api.username = "Tester"
            api.key = "{KEY}"
            api.base_url = "{self.server.base_url}"
            api.requests_per_minute = 6000
            api.burst = 1000
            database.url = "{self.url}"
            schedule = {{ every = "15m", gap_after = "30m", timezone = "UTC" }}
            players = [{{ username = "Tester", games = {list(self.games)}, unlocks = false }}]
        """
        self._opened = open_app(load_text(text, self.folder / "config.toml", {}), self.clock)
        self.app: App = self._opened.__enter__()
        (self.syncer,) = self.app.syncers([self.events.append], interactive=False)

    def restart(self) -> None:
        self._opened.__exit__(None, None, None)
        self.start()

    def close(self) -> None:
        self._opened.__exit__(None, None, None)
        self.server.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        """The true time."""
        return self.site_clock.now()

    def set_clock(self, off: timedelta, *, running: bool) -> None:
        """Set the machine's clock, and start the process after it, or let the daemon notice it."""
        self.clock.off = off
        if running:
            self.syncer.check_clock = True
        else:
            self.restart()

    def live(self, length: timedelta, step: timedelta = STEP) -> None:
        """Let time pass, and poll what is due, as the daemon does. No row lies in the future afterwards."""
        until = self.now + length
        while self.now < until:
            self.wake()
            self.site_clock.move(step.total_seconds())

    def wake(self) -> None:
        syncer: PlayerSync = self.syncer
        if not blocked_until(syncer.source.limiter.read(), syncer.clock.now()):
            report = syncer.run_once("schedule", only_due=True)
            self.reports += [report] if report else []

    def later_than(self, moment: datetime) -> list[str]:
        """Return what is stored with a time after that, by table and column."""
        with self.app.database.reading() as tx:
            return [
                f"{column.table.name}.{column.name} {newest}"
                for column in moments()
                if (newest := tx.scalar(sa.select(sa.func.max(column)))) and newest > moment
            ]

    def newest_polls(self) -> list[datetime]:
        """Return the last poll of each game."""
        query = sa.select(snapshots.c.last_seen_at).where(snapshots.c.is_open)
        with self.app.database.reading() as tx:
            return list(tx.scalars(query))

    def gaps(self) -> Sequence[object]:
        with self.app.database.reading() as tx:
            late = tx.execute(sa.select(snapshots.c.game_id).where(snapshots.c.after_gap)).all()
            return [*late, *tx.execute(sa.text("SELECT * FROM coverage_gaps")).all()]

    def first_seen(self, game: int) -> list[datetime]:
        """Return when each snapshot of a game begins, in the order of its history."""
        query = sa.select(snapshots.c.first_seen_at).where(snapshots.c.game_id == game)
        with self.app.database.reading() as tx:
            return list(tx.scalars(query.order_by(snapshots.c.id)))

    def earn(self, game: int) -> None:
        self.world.earn("Tester", game, 1, self.now)


def moments() -> list[sa.Column[datetime]]:
    """Return the columns of the history with a moment at which something was recorded."""
    columns = (column for table in history.sorted_tables for column in table.c)
    return [c for c in columns if isinstance(c.type, Moment) and c.name not in AHEAD]
