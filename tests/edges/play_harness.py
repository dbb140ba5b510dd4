"""A player who plays in virtual time: the real engine and store, and a world in which clients report play."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from syncer.api.endpoints.recently_played import parse_recent_game
from syncer.core.model.library import GameInfo, GameUnlocks
from syncer.core.model.play import PlaySession, RecentPage
from syncer.core.model.progress import GameId
from syncer.core.ports import TrackedPlayer
from syncer.core.site_clock import SiteClock
from syncer.core.sync.player_sync import PlayerSync
from syncer.demo.handlers.recently_played import entry, played_games
from syncer.store.db.account_tables import games_played, play_sessions, playtime

from .harness import SyncHarness, WorldSource

SECOND, MINUTE, PING = timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=2)
Span = tuple[datetime, datetime]


class PlaySource(WorldSource):
    """The simulated site with what was played last. `games_read`: whose unlocks and playtime were requested.

    `dates`: replaces the date of a game, as a recount of the site does; `off_page`: games that it leaves out.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.probes, self.games_read = 0, list[GameId]()
        self.dates: dict[GameId, datetime | None] = {}
        self.off_page: set[GameId] = set()

    def recently_played(self, user: str, offset: int = 0, count: int = 50) -> RecentPage:
        date = self._begin()
        self.probes += 1
        account = self.world.resolve(user)
        assert account
        games = [
            (game, self.dates.get(game.id, at))
            for game, at in played_games(self.world, account)
            if game.id not in self.off_page
        ][offset : offset + count]
        rows = tuple(parse_recent_game(entry(self.world, account, game, at)) for game, at in games)
        return RecentPage(rows, (), date, self.clock.now())

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        self._begin()
        self.games_read.append(game_id)
        seconds = int(
            self.world.play_table.playtime(self.world.accounts.require(user), game_id).total_seconds()
        )
        return GameUnlocks(GameInfo(game_id, f"Game {game_id}", 7, "NES", ""), (), playtime=seconds)


class PlayHarness(SyncHarness):
    """Follows games 1 to 3; 4 to 6 are played, too. Sessions are recorded."""

    def __init__(self, url: str, *, play_every: timedelta | None = 5 * MINUTE) -> None:
        super().__init__(url, games=(1, 2, 3))
        self.play_every, self.sessions = play_every, True
        self.idle_every: timedelta | None = None
        self.site = PlaySource(self.world, self.clock, self.source.limiter)
        self.source = self.site
        self.wakes_after, self._woke_at = timedelta(0), self.clock.moment
        self.truth: list[tuple[GameId, Span]] = []

    @property
    def syncer(self) -> PlayerSync:
        tracked = TrackedPlayer(
            *(self.name, None, self.games, self.schedule, 30 * MINUTE, self.batch_size),
            idle_every=self.idle_every,
            play_every=self.play_every,
            sessions=self.sessions,
        )
        w, announce, clock = self.writers, self.events.append, SiteClock(self.clock)
        self.source.observe = clock.observe
        stores = (w.players, w.runs, w.library, w.titles, w.polling)
        return PlayerSync(tracked, self.source, *stores, clock, announce, Random(7))

    def play(self, game_id: GameId, length: timedelta, *, polls: bool = True) -> None:
        """Play a game, with a report each two minutes, while the daemon runs."""
        begin = self.clock.now()
        end = begin + length
        while (now := self.clock.now()) <= end:
            self.world.play("Tester", game_id, now)
            self.wait(min(PING, max(end - now, SECOND)), polls=polls)
        self.truth.append((game_id, (begin, end)))

    def wait(self, length: timedelta, step: timedelta = MINUTE, *, polls: bool = True) -> None:
        """Let time pass; the daemon wakes after each step, but not before `self.wakes_after`."""
        until = self.clock.moment + length
        while (left := until - self.clock.moment) > timedelta(0):
            self.clock.pass_by(min(step, left).total_seconds())
            if polls and self.clock.moment >= self._woke_at + self.wakes_after:
                self._woke_at = self.clock.moment
                self.sync(only_due=True)

    def stored(self, game_id: GameId | None = None) -> list[PlaySession]:
        s = play_sessions.c
        query = sa.select(*(s[name] for name in PlaySession.__dataclass_fields__)).order_by(s.started_after)
        query = query if game_id is None else query.where(s.game_id == game_id)
        with self.database.reading() as tx:
            return [PlaySession(*row) for row in tx.execute(query)]

    def rows(self, table: sa.Table, *names: str) -> Sequence[tuple[Any, ...]]:
        query = sa.select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)
        with self.database.reading() as tx:
            return [tuple(row) for row in tx.execute(query)]

    @property
    def dates(self) -> dict[GameId, datetime]:
        return {game: at for game, at in self.rows(games_played, "game_id", "last_played_at")}

    @property
    def playtimes(self) -> Sequence[tuple[Any, ...]]:
        return self.rows(playtime, "game_id", "seconds")


def many_targets(url: str, *, played: int = 6) -> PlayHarness:
    """Return a player who follows six games, of which a request holds two. `played`: games that exist."""
    made = PlayHarness(url, play_every=None)
    made.games, made.batch_size, made.idle_every = (1, 2, 3, 4, 5, 6), 2, timedelta(days=1)
    for game in range(7, played + 1):
        made.world.add_game(f"Game {game}", [5, 10], game_id=game)
    return made
