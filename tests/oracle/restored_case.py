"""One player and one game of twenty achievements, for the named cases of what comes back after a fall."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, pairwise

from syncer.demo.models import Unlock
from syncer.demo.world import World
from tests.fakes import START, FakeClock

from .changes import NAMES
from .lies import Change as LieAbout
from .lies import Lie
from .recording import EVERY, Entry, Recording, config_of, recording
from .site import OracleSite
from .stored import Rows, query
from .subjects import RESTORED

SIZE, POINTS = 20, 10
ALL = (20, 200, 12, 120)  # what the player has: counts and points, of all and of hardcore
NOTHING = (0, 0, 0)  # gained, lost, adjusted
A_LITTLE_LATE = timedelta(minutes=12)
A_YEAR_AGO = START - timedelta(days=365)
ENDPOINTS_OF_UNLOCKS = ("GetAchievementsEarnedBetween", "GetGameInfoAndUserProgress")
NUMBERS = count(1)  # of cases: each has a player and a game of its own, so that all share one database


@dataclass
class Case:
    """A player on the simulated site, recorded from now on. `lost`: unlocks that the site shows no more."""

    product: Recording
    site: OracleSite
    player: str
    game: int
    interval: timedelta = timedelta(hours=6)
    lost: dict[int, Unlock] = field(default_factory=dict)

    # What happens on the site

    def lose(self) -> None:
        """Let the site show no unlock of the game any more, in any answer."""
        self.lost = dict(self._unlocks)
        self.site.world.reset_game(self.player, self.game)

    def give_back(self, number: int = SIZE) -> None:
        """Let the next of the lost unlocks be shown again, at their old dates."""
        for achievement in list(self.lost)[:number]:
            unlock = self.lost.pop(achievement)
            self.earn(achievement, at=unlock.at, hardcore=unlock.hardcore_at is not None)

    def earn(
        self, achievement: int | None = None, *, at: datetime | None = None, hardcore: bool = False
    ) -> None:
        """Unlock an achievement, or the next locked one; now, or as claimed."""
        world = self.site.world
        chosen = world.unlock_table.locked(self.player, self.game)[0] if achievement is None else achievement
        moment = at or self.now.replace(microsecond=0)
        world.unlock(self.player, self.game, chosen, moment, hardcore=hardcore)

    @contextmanager
    def unreadable(self) -> Iterator[None]:
        """Let the answers that list unlocks fail."""
        self.site.broken = ENDPOINTS_OF_UNLOCKS
        yield
        self.site.broken = ()

    def lie(self, about: LieAbout, hours: float) -> None:
        """Let the site lie from the next poll on."""
        lasts = timedelta(hours=hours)
        self.site.lies.append(Lie("lie", self.player, self.now, about, lasts=lasts))

    def run(self, intervals: int = 1) -> None:
        """Let time pass, so that the product polls so often."""
        self.product.until(self.now + intervals * self.interval + A_LITTLE_LATE)

    @property
    def now(self) -> datetime:
        return self.site.clock.now()

    @property
    def achievements(self) -> list[int]:
        return list(self.site.world.catalogue.games[self.game].achievements)

    @property
    def _unlocks(self) -> dict[int, Unlock]:
        account = self.site.ledgers[self.player].account
        return self.site.world.unlock_table.earned(account.ulid, self.game)

    # What is stored

    def kinds(self) -> list[str]:
        """Return the kinds of the changes after the first poll."""
        return [row["kind"] for row in self._rows("changes") if row["kind"] not in ("baseline", "resumed")]

    def restored(self) -> list[tuple[int | None, ...]]:
        """Return, of each change that is a rise, how much came back."""
        rows = self._rows("snapshots")
        rises = [after for before, after in pairwise(rows) if after["num_achieved"] > before["num_achieved"]]
        return [tuple(row[name] for name in RESTORED) for row in rises]

    def sums(self, measure: str) -> tuple[int, int, int]:
        """Return gained, lost and adjusted of a measure, over all days."""
        rows = query(self.product, "daily", self.player)
        assert not isinstance(rows, str), rows
        names = [f"{measure}_{way}" for way in ("gained", "lost", "adjusted")]
        gained, lost, adjusted = (sum(int(row[name]) for row in rows) for name in names)
        return gained, lost, adjusted

    def messages(self) -> list[str]:
        """Return the kinds of the messages about the game, in the order of their names."""
        about = ("mastered", "completed", "beaten", "unlocks")
        return sorted(row["kind"] for row in self._rows("messages") if row["kind"] in about)

    def unlocks(self, *, gone: bool) -> list[tuple[int, bool, datetime]]:
        """Return the stored unlocks that are gone, or those that are not."""
        rows = [row for row in self._rows("unlocks") if (row["gone_at"] is not None) == gone]
        return sorted((row["achievement_id"], bool(row["hardcore"]), row["unlocked_at"]) for row in rows)

    def _rows(self, name: str) -> Rows:
        rows = query(self.product, name, self.player)
        assert not isinstance(rows, str), rows
        return [row for row in rows if row["game_id"] in (None, self.game)]


@contextmanager
def case(
    url: str,
    *,
    hardcore: int = 12,
    softcore: int = 8,
    games: int = 1,
    unlocks: bool = True,
    is_readable: bool = True,
    every: str = "6h",
) -> Iterator[Case]:
    """Yield a recorded player with so many unlocks, a year old, in each game; they have been polled and read.

    `is_readable` False: the answers that list unlocks have failed from the beginning.
    """
    number = next(NUMBERS)
    site, player, key = OracleSite(World(), FakeClock()), f"Case{number}", f"{number:032}"
    site.add_player(player, key)
    ids = tuple(90_000 + 10 * number + n for n in range(games))
    for game in ids:
        site.world.add_game(f"Case {game}", [POINTS] * SIZE, game_id=game)
        site.world.earn(player, game, hardcore, A_YEAR_AGO, hardcore=True)
        site.world.earn(player, game, softcore, A_YEAR_AGO)
    with recording(site, config_of(url, [Entry(player, key, ids, unlocks)], every)) as product:
        made = Case(product, site, player, ids[0], EVERY[every])
        with nullcontext() if is_readable else made.unreadable():
            made.run(2)
        yield made


def fall_and_rise(found: Case) -> None:
    """Let a poll see nothing, and the next one all of it again."""
    found.lose()
    found.run()
    found.give_back()
    found.run(2)


def assert_no_gain(found: Case) -> None:
    """Fail where anything was gained, lost or sent."""
    for measure in NAMES:
        assert found.sums(measure) == NOTHING, measure
    assert found.messages() == []


def assert_nothing_gained(found: Case, messages: Sequence[str] = ()) -> None:
    """Fail where an undecided rise counts as a gain; its fall may still count as a loss."""
    assert [found.sums(measure)[0] for measure in NAMES] == [0] * len(NAMES)
    assert found.messages() == list(messages)
