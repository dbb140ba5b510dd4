"""A player with many games in a real database, and a site that counts what it was asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.errors import BatchError
from syncer.core.events import Event
from syncer.core.model.account import RankAndScore
from syncer.core.model.library import GameInfo, GameList
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.player import Player
from syncer.core.model.polling import CheckDecision, Outcome
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ports import TrackedPlayer
from syncer.core.site_clock import SiteClock
from syncer.core.sync.account_check import AccountCheck
from syncer.store.db.account_tables import consistency_checks, player_jobs
from syncer.store.db.engine import Database
from syncer.store.db.tables import games, players, snapshots, targets
from syncer.store.read.queries import Queries
from syncer.store.write.writers import Writers
from tests.migrated import prepare

from .harness import START, VirtualClock

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
Numbers = tuple[int, int, int, int, int, int]
NEW: Numbers = (10, 100, 2, 20, 1, 10)
RESET: Numbers = (10, 100, 0, 0, 0, 0)
DEMOTED: Numbers = (9, 90, 1, 10, 1, 10)


class CountingSite:
    """A site. `numbers`: of all games of the account. `extra`: hardcore points of a game that is deleted."""

    def __init__(self) -> None:
        self.numbers: dict[GameId, Numbers] = {}
        self.consoles: dict[GameId, int] = {}
        self.extra, self.requests = 0, 0
        self.lists: list[int] = []
        self.failing_lists: set[int] = set()

    def sums(self) -> AccountSums:
        rows = self.numbers.values()
        return AccountSums(sum(row[5] for row in rows) + self.extra, sum(row[3] - row[5] for row in rows))

    def rank_and_score(self, username: str, *, with_rank: bool = True) -> RankAndScore:
        assert not with_rank
        self.requests += 1
        return RankAndScore(self.sums(), None, is_rank_known=False)

    def game_list(self, console_id: int) -> GameList:
        self.requests += 1
        self.lists.append(console_id)
        if console_id in self.failing_lists:
            raise BatchError("500")
        return GameList(
            tuple(
                GameInfo(game, f"Game {game}", console_id, "", "", *self.numbers[game][:2])
                for game, console in self.consoles.items()
                if console == console_id and self.numbers[game][0]
            )
        )


class PollingHarness:
    """A player who follows `followed` of the games 1 to `count`, ten of which are on each console."""

    def __init__(
        self, url: str, count: int = 60, followed: int | None = None, *, played: bool = True
    ) -> None:
        self.clock, self.site = VirtualClock(), CountingSite()
        self.database = Database(url)
        prepare(self.database, START)
        self.writers = Writers.for_database(self.database)
        self.queries = Queries(self.database)
        self.player = Player(1, f"{1:026}", "Tester", "Tester")
        self.polled: list[tuple[GameId, ...]] = []
        self.events: list[Event] = []
        self.unlocks = False
        self.played = played
        self.size = 4
        self.insert(players, id=1, ulid=self.player.ulid, username="Tester", added_at=START)
        for game in range(1, count + 1):
            self.add_game(game, follow=followed is None or game <= followed)
        self.poll([game for game in self.site.numbers if followed is None or game <= followed])
        self.polled.clear()

    @property
    def check(self) -> AccountCheck:
        """What a run uses: each run has a new one."""
        tracked = TrackedPlayer(
            *("Tester", None, (), IntervalSchedule(15 * MINUTE), 30 * MINUTE),
            played=self.played,
            unlocks=self.unlocks,
        )
        store, clock = self.writers.polling, SiteClock(self.clock)
        return AccountCheck(tracked, self.site, store, clock, self.events.append, self.poll, self.size)

    def compare(self, after: timedelta = 5 * MINUTE) -> CheckDecision:
        """Let time pass, and compare the sums."""
        self.clock.pass_by(after.total_seconds())
        return self.check.compare(self.player, self.site.sums(), self.clock.now())

    def add_game(self, game: GameId, *, follow: bool = True, is_event: bool = False) -> None:
        console = (game - 1) // 10 + 1
        self.site.numbers[game], self.site.consoles[game] = NEW, console
        self.insert(games, id=game, console_id=console, is_event=is_event)
        if follow:
            self.follow(game)

    def follow(self, game: GameId) -> None:
        row = {"player_id": 1, "game_id": game, "source": "played", "added_at": START, "failures": 0}
        self.insert(targets, **row)

    def poll(self, wanted: Sequence[GameId]) -> None:
        """Store the present numbers, as an accepted batch does."""
        self.polled.append(tuple(wanted))
        self.site.requests += 1
        at = self.clock.now()
        for game in wanted:
            self._store(game, self.site.numbers[game], at)
        t = targets.c
        with self.database.writing() as tx:
            tx.execute(targets.update().where(t.game_id.in_(wanted)).values(promised_seconds=86400))

    def _store(self, game: GameId, numbers: Numbers, at: datetime) -> None:
        s, values = snapshots.c, dict[str, Any](zip(PROGRESS_COLUMNS, numbers, strict=True))
        mine = sa.and_(s.player_id == 1, s.game_id == game, s.is_open)
        with self.database.writing() as tx:
            row = tx.execute(sa.select(snapshots).where(mine)).one_or_none()
            if row and all(getattr(row, name) == value for name, value in values.items()):
                tx.execute(snapshots.update().where(mine).values(last_seen_at=at))
                return
            tx.execute(snapshots.update().where(mine).values(is_open=False, closed_at=at))
        moments = {"first_seen_at": at, "last_seen_at": at, "poll_count": 1, "is_open": True}
        verdict = "changed" if row else "new"
        self.insert(
            snapshots, player_id=1, game_id=game, verdict=verdict, after_gap=False, **moments, **values
        )

    def insert(self, table: sa.Table, **values: Any) -> None:
        with self.database.writing() as tx:
            tx.execute(table.insert().values(**values))

    def change(self, table: sa.Table, where: sa.ColumnElement[bool], **values: Any) -> None:
        with self.database.writing() as tx:
            tx.execute(table.update().where(where).values(**values))

    def checks(self) -> list[tuple[Any, ...]]:
        """Return each stored comparison: whether it matches, the difference, and the residual."""
        c = consistency_checks.c
        difference = c.site_hardcore - c.ours_hardcore, c.site_softcore - c.ours_softcore
        query = sa.select(c.matches, *difference, c.residual_hardcore, c.check_count).order_by(c.id)
        with self.database.reading() as tx:
            return [tuple(row) for row in tx.execute(query.where(c.subject == "snapshots"))]

    def job(self, kind: str) -> Any:
        with self.database.reading() as tx:
            return tx.execute(sa.select(player_jobs).where(player_jobs.c.kind == kind)).one_or_none()

    def close(self) -> None:
        self.database.close()


def begin_search(home: PollingHarness) -> None:
    """Let two checks find a difference."""
    first = home.compare(HOUR)
    assert (first.outcome, first.next_at) == (Outcome.RECHECK, home.clock.now() + 5 * MINUTE)
    assert home.job("check").next_at == first.next_at
    assert home.compare().outcome is Outcome.SEARCHING
    assert home.job("check").next_at is None
    home.clock.pass_by(60)
