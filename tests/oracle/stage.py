"""One player on the simulated site: their games, and what happens there on which day of the season."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from syncer.demo.models import EPOCH
from syncer.demo.world import World
from tests.fakes import START

from .lies import Change as LieAbout
from .lies import Lie
from .recording import Entry
from .site import OracleSite
from .values import Numbers

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def moment(day: float) -> datetime:
    """Return the moment so many days after the start, to the second, as the site keeps dates."""
    return START + timedelta(seconds=round(day * DAY.total_seconds()))


@dataclass
class Stage:
    """One player. Days are counted from the start of the recording; those before it are negative.

    `blocked`: intervals of days in which nothing may be done, as the site then lies.
    """

    site: OracleSite
    name: str
    key: str = field(repr=False)
    rng: Random
    first_game: int
    blocked: Sequence[tuple[float, float]] = ()
    followed: list[int] = field(default_factory=list)
    unfollowed: list[int] = field(default_factory=list)
    events: set[int] = field(default_factory=set)  # games of the console of events

    def __post_init__(self) -> None:
        self.site.add_player(self.name, self.key)

    @property
    def world(self) -> World:
        return self.site.world

    def entry(self, mode: str) -> Entry:
        """Return the player as the product's configuration names them."""
        games = "played" if mode == "played" else tuple(self.followed)
        return Entry(self.name, self.key, games, unlocks=mode != "numbers")

    def game(self, points: Sequence[int], *, followed: bool = True, console: str = "NES") -> int:
        """Return a new game of this player alone."""
        number = self.first_game + len(self.followed) + len(self.unfollowed)
        self.world.add_game(f"Game {number}", points, game_id=number, console=console)
        (self.followed if followed else self.unfollowed).append(number)
        if console == "Events":
            self.events.add(number)
        return number

    def past(self, day: float, game: int, count: int, *, hardcore: bool = False) -> None:
        """Unlock the next of a set before the recording begins."""
        self.world.earn(self.name, game, count, moment(day), hardcore=hardcore)
        self.site.ledgers[self.name].observe(EPOCH)

    def on(self, day: float, event: Callable[[datetime], object]) -> None:
        """Make a change on a day; later, if that day is blocked."""
        for first, last in self.blocked:
            if first <= day < last:
                day = last + (day - first) / (last - first) / 4
        self.site.at(moment(day), event)

    def earn(
        self, day: float, game: int, count: int = 1, *, hardcore: bool = False, days_old: float = 0.0
    ) -> None:
        """Unlock the next of a set. `days_old`: how long ago the client claims to have done it."""

        def event(at: datetime) -> None:
            claimed = at - timedelta(seconds=round(days_old * DAY.total_seconds()))
            self.world.earn(self.name, game, count, claimed, hardcore=hardcore)

        self.on(day, event)

    def upgrade(self, day: float, game: int, count: int = 1) -> None:
        """Unlock softcore achievements again in hardcore."""

        def event(at: datetime) -> None:
            for achievement in self.world.unlock_table.softcore_only(self.name, game)[:count]:
                self.world.unlock(self.name, game, achievement, at, hardcore=True)

        self.on(day, event)

    def reset(self, day: float, game: int) -> None:
        self.on(day, lambda at: self.world.reset_game(self.name, game))

    def reset_account(self, day: float) -> None:
        self.site.at(moment(day), lambda at: self.world.unlock_table.reset_account(self.name))

    def revoke(self, day: float, game: int, index: int) -> None:
        self.on(day, lambda at: self.world.revoke(self.name, game, self.achievement(game, index)))

    def achievement(self, game: int, index: int) -> int:
        return list(self.world.catalogue.games[game].achievements)[index]

    def lie(self, day: float, name: str, about: LieAbout, hours: float) -> None:
        """Let the site lie from the first poll after that day on, for so many hours."""
        lie = Lie(name, self.name, moment(day), about, lasts=timedelta(hours=hours))
        self.site.lies.append(lie)

    def numbers(self, game: int) -> Numbers:
        """Return the true numbers as they are now."""
        numbers: Numbers = self.world.progress(self.site.ledgers[self.name].account, game).as_tuple()
        return numbers
