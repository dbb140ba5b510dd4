"""A player whose unlocks are read, too: most of the games are not followed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

import syncer.core.model.library as library
from syncer.core.model.library import GameInfo, GameUnlocks, Unlock, UnlockPage
from syncer.core.model.player import Player, Profile
from syncer.core.model.progress import GameId
from syncer.core.ports import TrackedPlayer
from syncer.core.site_clock import SiteClock
from syncer.core.sync.player_sync import PlayerSync
from syncer.store.db.account_tables import consistency_checks, unlocks
from syncer.store.db.views import first_unlocks

from .harness import START, SyncHarness, WorldSource

DAY = timedelta(days=1)


class UnlockSource(WorldSource):
    """A source that also has unlocks and totals. `extra`: points that the site counts besides.

    `windows`: the requests of unlocks, with begin and end; `games`: those of single games.
    """

    extra, extra_softcore, points_are_old = 0, 0, False
    before_window: Callable[[], object] = staticmethod(lambda: None)

    def __post_init__(self) -> None:
        self.windows: list[tuple[datetime, datetime]] = []
        self.games: list[GameId] = []

    def profile(self, user: str) -> Profile:
        found = super().profile(user)
        account = self.world.resolve(user)
        assert account
        totals = self.world.profile(account)
        hardcore, softcore = (int(totals[n] or 0) for n in ("TotalPoints", "TotalSoftcorePoints"))
        sums = (hardcore + self.extra, softcore + self.extra_softcore)
        return Profile(found.ulid, found.username, found.date, *sums, hardcore)

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> UnlockPage:
        date = self._begin()
        self.windows.append((start, end))
        self.before_window()
        found = [row for row in self.shown() if start <= row.unlocked_at <= end]
        found.sort(key=lambda row: (row.unlocked_at, row.achievement_id))
        return UnlockPage(tuple(found[: library.MAX_UNLOCKS_PER_PAGE]), date=date)

    def shown(self) -> list[Unlock]:
        """Return each unlock as the list shows it: in hardcore, where it was earned so."""
        account = self.world.resolve("Tester")
        assert account
        return [
            Unlock(a.id, game.id, a.title, a.points, one.hardcore_at is not None, one.shown_at)
            for game, a, one in self.world.unlock_table.of(account)
            if a.promoted
        ]

    def game(self, game_id: GameId) -> GameInfo | None:
        self._begin()
        return GameInfo(game_id, f"Game {game_id}", 7, "NES", "")

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        self._begin()
        self.games.append(game_id)
        account = self.world.resolve(user)
        assert account
        rows: list[Unlock] = []
        for game, a, one in self.world.unlock_table.of(account):
            if game.id == game_id and a.promoted:
                softcore = None if one.hardcore_at and one.at >= one.hardcore_at else one.at
                points = a.points + self.points_are_old
                rows += [
                    Unlock(a.id, game_id, a.title, points, hardcore, at)
                    for hardcore, at in ((False, softcore), (True, one.hardcore_at))
                    if at
                ]
        return GameUnlocks(GameInfo(game_id, f"Game {game_id}", 7, "NES", ""), tuple(rows))

    def list_readings(self) -> int:
        """Return how often all unlocks were read from the beginning."""
        return sum(begin < START - 3650 * DAY for begin, _ in self.windows)


class UnlockHarness(SyncHarness):
    """Follows game 1 only, unless told otherwise."""

    def __init__(self, url: str, games: tuple[GameId, ...] = (1,), every: timedelta = DAY / 4) -> None:
        super().__init__(url, games=games, every=every)
        self.site = UnlockSource(self.world, self.clock, self.source.limiter)
        self.site.__post_init__()
        self.source = self.site

    @property
    def syncer(self) -> PlayerSync:
        tracked = TrackedPlayer(
            self.name, None, self.games, self.schedule, timedelta(minutes=30), unlocks=True
        )
        w, announce, clock = self.writers, self.events.append, SiteClock(self.clock)
        self.source.observe = clock.observe
        stores = (w.players, w.runs, w.library, w.titles, w.polling)
        return PlayerSync(tracked, self.source, *stores, clock, announce, Random(7))

    def run_for(self, length: timedelta, step: timedelta = DAY / 4) -> None:
        """Let time pass, with a run after each step; each is a process of its own."""
        for _ in range(round(length / step)):
            self.clock.pass_by(step.total_seconds())
            self.poll()

    @property
    def player(self) -> Player:
        found = self.writers.players.find_player("Tester", None)
        assert found
        return found

    def current(self) -> set[tuple[int, bool, datetime]]:
        """Return the stored unlocks that are not gone; of an achievement in both modes the hardcore one."""
        u = unlocks.c
        query = sa.select(u.achievement_id, u.hardcore, u.unlocked_at).where(u.gone_at.is_(None))
        with self.database.reading() as tx:
            rows = [tuple(row) for row in tx.execute(query)]
        in_hardcore = {row[0] for row in rows if row[1]}
        return {(a, hard, at) for a, hard, at in rows if hard or a not in in_hardcore}

    def truth(self) -> set[tuple[int, bool, datetime]]:
        return {(row.achievement_id, row.hardcore, row.unlocked_at) for row in self.site.shown()}

    def first_unlock(self, achievement: int) -> datetime | None:
        f = first_unlocks.c
        with self.database.reading() as tx:
            found: datetime | None = tx.scalar(
                sa.select(f.unlocked_at).where(f.achievement_id == achievement)
            )
        return found

    def first_points(self) -> int:
        """Return the points of all first unlocks."""
        with self.database.reading() as tx:
            return int(tx.scalar(sa.select(sa.func.sum(first_unlocks.c.points))) or 0)

    def checks(self) -> list[tuple[bool, int, int, int | None]]:
        """Return each stored comparison: whether it matches, the two differences, and the residual."""
        c = consistency_checks.c
        hardcore, softcore = c.site_hardcore - c.ours_hardcore, c.site_softcore - c.ours_softcore
        query = sa.select(c.matches, hardcore, softcore, c.residual_hardcore).order_by(c.id)
        with self.database.reading() as tx:
            return [tuple(row) for row in tx.execute(query)]
