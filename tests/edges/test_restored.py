"""What comes back after a fall, on both databases: kinds, sums of a day, messages, and the upgrade."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from syncer.core.errors import BatchError
from syncer.core.model.library import GameInfo, GameUnlocks, Unlock, UnlockPage
from syncer.core.model.progress import GameId
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.tables import RESTORED, unlocks
from syncer.store.db.views import daily_progress
from tests.fixtures.thaw import downgrade

from .harness import START, SyncHarness, WorldSource
from .outbox_harness import enqueued, set_services

DAY = timedelta(days=1)
OLD = START - 300 * DAY
NO_SUMS = (0, 0, 0)
NOTHING = (0, 0, 0, 0)


class UnlockSource(WorldSource):
    """The world with its unlocks. `is_readable`: whether they are answered."""

    is_readable = True
    readings: list[GameId]  # of whole games

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> UnlockPage:
        self._check()
        return UnlockPage(tuple(row for row in self._rows(user) if start <= row.unlocked_at <= end))

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        self._check()
        self.readings.append(game_id)
        mine = tuple(row for row in self._rows(user) if row.game_id == game_id)
        return GameUnlocks(GameInfo(game_id, f"Game {game_id}", 1, "NES", ""), mine)

    def game(self, game_id: GameId) -> GameInfo | None:
        return GameInfo(game_id, f"Game {game_id}", 1, "NES", "")

    def _check(self) -> None:
        self._begin()
        if not self.is_readable:
            raise BatchError("500")

    def _rows(self, user: str) -> list[Unlock]:
        account = self.world.resolve(user)
        assert account
        return [
            Unlock(a.id, game.id, a.title, a.points, one.hardcore_at is not None, one.shown_at)
            for game, a, one in self.world.unlock_table.of(account)
        ]


class RestoredHarness(SyncHarness):
    """Game 1 has four achievements (90 points), all unlocked 300 days ago, two of them in hardcore."""

    def __init__(self, url: str, *, unlocks: bool = True) -> None:
        super().__init__(url, games=(1,))
        self.unlocks = unlocks
        self.source: UnlockSource = UnlockSource(self.world, self.clock, self.source.limiter)
        self.source.readings = []
        set_services(self, "one-0001")
        self.world.earn("Tester", 1, 2, OLD, hardcore=True)
        self.world.earn("Tester", 1, 2, OLD)
        self.lost = {a: u for a, u in self.world.unlock_table.earned(self.account.ulid, 1).items()}
        self.later()
        self.later()

    def later(self, after: timedelta = timedelta(minutes=15)) -> None:
        self.clock.pass_by(after.total_seconds())
        self.poll()

    def lose(self) -> None:
        self.world.reset_game("Tester", 1)

    def give_back(self, number: int = 4) -> None:
        for achievement in list(self.lost)[:number]:
            one = self.lost.pop(achievement)
            self.world.unlock("Tester", 1, achievement, one.at, hardcore=one.hardcore_at is not None)

    def sums(self, name: str = "achievements") -> tuple[int, int, int]:
        d = daily_progress.c
        gained, lost, adjusted = (sa.func.sum(d[f"{name}_{way}"]) for way in ("gained", "lost", "adjusted"))
        with self.database.reading() as tx:
            up, down, other = tx.execute(sa.select(gained, lost, adjusted)).one()
            return int(up), int(down), int(other)

    def restored(self) -> list[tuple[int | None, ...]]:
        return [tuple(row[name] for name in RESTORED) for row in self.history(1)][1:]

    def gone(self) -> int:
        query = sa.select(sa.func.count()).select_from(unlocks).where(unlocks.c.gone_at.is_not(None))
        with self.database.reading() as tx:
            return tx.execute(query).scalar_one()


@pytest.fixture
def home(database_url: str) -> Iterator[RestoredHarness]:
    made = RestoredHarness(database_url)
    yield made
    assert check(made.database) == []
    made.close()


ALL = (4, 90, 2, 15)


def test_what_comes_back_whole_is_restored_and_sends_nothing(home: RestoredHarness) -> None:
    home.lose()
    home.later()
    home.give_back()
    home.later()
    assert home.kinds(1) == ["baseline", "reset", "restored"]
    assert home.restored() == [ALL, ALL]
    assert [home.sums(name) for name in ("achievements", "points", "hardcore_points")] == [NO_SUMS] * 3
    assert enqueued(home) == []
    assert home.gone() == 0


def test_a_new_achievement_beside_it_is_reported_alone(home: RestoredHarness) -> None:
    last = list(home.lost)[3]
    home.world.revoke("Tester", 1, last)
    del home.lost[last]
    home.later()
    home.lose()
    home.later()
    home.give_back(3)
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.later()
    assert home.kinds(1)[-1] == "unlock"
    assert home.sums() == (1, 1, 0)
    (unlocked,) = [text for kind, text in enqueued(home) if kind == "unlocks"]
    title = home.world.catalogue.games[1].achievements[last].title
    assert unlocked == f"Tester: 1 achievement in Game 1, +50 points: {title}"


def test_an_unconfirmed_rise_is_reported_when_it_is_decided(home: RestoredHarness) -> None:
    home.lose()
    home.later()
    home.source.is_readable = False
    home.world.earn("Tester", 1, 1, home.clock.now(), hardcore=True)
    home.later()
    assert home.kinds(1) == ["baseline", "reset", "unconfirmed"]
    assert home.restored()[-1] == (None,) * 4
    assert home.sums() == (0, 3, 0)
    assert enqueued(home) == []
    home.source.is_readable = True
    home.later(timedelta(hours=6))
    assert home.kinds(1) == ["baseline", "reset", "unlock", "resumed*"]
    assert home.sums() == (1, 4, 0)
    assert [kind for kind, _ in enqueued(home)] == ["unlocks"]
    home.later()
    assert len(enqueued(home)) == 1


def test_after_seven_days_the_numbers_decide_and_what_came_back_sends_nothing(home: RestoredHarness) -> None:
    home.source.is_readable = False
    home.lose()
    home.later()
    home.give_back()
    home.later()
    assert home.kinds(1)[-1] == "unconfirmed"
    home.live(8 * DAY, timedelta(hours=6))
    assert home.restored()[:2] == [ALL, ALL]
    assert "restored" in home.kinds(1)
    assert enqueued(home) == []


def test_without_unlocks_the_numbers_decide_at_once(database_url: str) -> None:
    home = RestoredHarness(database_url, unlocks=False)
    home.lose()
    home.later()
    home.give_back()
    home.later()
    assert home.kinds(1) == ["baseline", "reset", "restored"]
    assert home.sums("points") == NO_SUMS
    assert enqueued(home) == []
    home.close()


def test_a_real_reset_that_is_earned_again_is_all_gain_and_mastered(home: RestoredHarness) -> None:
    home.lose()
    home.later()
    for _ in range(4):
        home.world.earn("Tester", 1, 1, home.clock.now(), hardcore=True)
        home.later()
    assert home.kinds(1) == ["baseline", "reset", *["unlock"] * 4]
    assert home.sums() == (4, 4, 0)
    kinds: Sequence[str] = [kind for kind, _ in enqueued(home)]
    assert (kinds.count("unlocks"), kinds.count("mastered")) == (4, 1)
    assert home.gone() == 4


def test_the_upgrade_leaves_rises_of_games_with_gone_unlocks_to_be_read_again(home: RestoredHarness) -> None:
    home.lose()
    home.later()
    home.world.earn("Tester", 1, 1, home.clock.now(), hardcore=True)
    home.later()
    downgrade(home.database, "0007")
    upgrade_schema(home.database, home.clock.now())
    assert home.restored() == [NOTHING, (None,) * 4]
    home.later()
    assert home.restored() == [NOTHING, NOTHING]
    assert len(enqueued(home)) == 1  # the unlock was reported before the upgrade, and is not again


def test_the_upgrade_decides_all_other_rises_as_gains(database_url: str) -> None:
    home = RestoredHarness(database_url, unlocks=False)
    home.lose()
    home.later()
    home.give_back()
    home.later()
    downgrade(home.database, "0007")
    upgrade_schema(home.database, home.clock.now())
    assert home.restored() == [NOTHING, NOTHING]
    assert home.kinds(1) == ["baseline", "reset", "unlock"]
    home.close()


def test_a_fall_in_two_steps_before_any_unlock_was_read_comes_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UnlockSource, "is_readable", False)
    home = RestoredHarness(database_url)
    for achievement in list(home.lost)[:2]:
        home.world.revoke("Tester", 1, achievement)
    home.later()
    home.lose()
    home.later()
    home.source.is_readable = True
    home.give_back()
    home.later()
    home.later(timedelta(hours=2))  # when the unlocks of the game are requested again
    assert home.kinds(1) == ["baseline", "reset", "reset", "restored", "resumed*"]
    assert home.restored()[:3] == [(2, 15, 2, 15), (2, 75, 0, 0), ALL]
    assert home.sums() == NO_SUMS
    assert enqueued(home) == []
    home.close()
