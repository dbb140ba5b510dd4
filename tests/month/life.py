"""What happens besides play: late and manual unlocks, resets, revisions of sets."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import exp
from random import Random
from typing import Protocol

from syncer.core.model.progress import GameId

from .catalogue import POINTS, Setting
from .jobs import Jobs
from .record import MANUAL, MANUAL_ZERO, OFFLINE
from .scenario import DAY, SECOND, START, Scenario

FIRST_SESSIONS = START - 3 * 365 * DAY  # of the site: a reset takes the date of games that were played before


class Happening(Protocol):
    """Something that happens on the site."""

    __name__: str

    def __call__(self, life: "Life", now: datetime, rng: Random) -> object: ...


@dataclass
class Life:
    setting: Setting
    jobs: Jobs
    scenario: Scenario

    def plan(self, day: int) -> None:
        """Put what happens on one day into the calendar."""
        s = self.scenario
        rates: tuple[tuple[float, Happening], ...] = (
            (s.offline, offline_unlocks),
            (s.manual, manual_unlock),
            (s.reset_achievements, reset_achievement),
            (s.reset_games, reset_game),
        )
        for rate, happening in rates:
            rng = Random(f"{s.seed} {happening.__name__} {day}")
            self._on(day, happening, poisson(rate, rng), rng)
        rng = Random(f"{s.seed} revisions {day}")
        touching = sum(rng.random() < s.touching for _ in range(s.revisions))
        self._on(day, revise_unlocked, touching, rng)
        self._on(day, revise, s.revisions - touching, rng)

    def _on(self, day: int, happening: Happening, count: int, rng: Random) -> None:
        for _ in range(count):
            at, own = START + day * DAY + rng.randrange(86_400) * SECOND, Random(rng.random())
            self.jobs.at(at, partial(happening, self, rng=own))

    def begun(self, rng: Random) -> GameId | None:
        """Return a game in which the player has something."""
        for _ in range(50):
            game_id = rng.choice(self.setting.played)
            if self.setting.world.earned(game_id):
                return game_id
        return None


def poisson(rate: float, rng: Random) -> int:
    count, product = 0, rng.random()
    while product > exp(-rate):
        count, product = count + 1, product * rng.random()
    return count


def offline_unlocks(life: Life, now: datetime, rng: Random) -> None:
    """Let unlocks arrive that the client dates up to 14 days back."""
    world, game_id = life.setting.world, rng.choice(life.setting.played)
    hardcore = rng.random() < 0.3
    for achievement in world.unlock_table.locked(world.player, game_id)[: rng.randint(1, 4)]:
        claimed = now - rng.randrange(300, 14 * 86_400) * SECOND
        life.jobs.unlock(game_id, achievement, now, OFFLINE, hardcore=hardcore, claimed=claimed)
        world.set_played(game_id, max(claimed, world.played_at.get(game_id) or claimed))


def manual_unlock(life: Life, now: datetime, rng: Random) -> None:
    """Let the staff award something: it is no play, and one of six has 0 points or is of a new game."""
    setting, world = life.setting, life.setting.world
    games = setting.played if rng.random() < 0.85 or not setting.unplayed else setting.unplayed
    wants_zero = rng.random() < 0.2
    for _ in range(200):
        game_id = rng.choice(games)
        points = world.catalogue.games[game_id].achievements
        locked = world.unlock_table.locked(world.player, game_id)
        found = [a for a in locked if (points[a].points == 0) == wants_zero]
        if found:
            kind = MANUAL_ZERO if wants_zero else MANUAL
            life.jobs.unlock(game_id, found[0], now, kind, hardcore=rng.random() < 0.7, claimed=now)
            return


def reset_achievement(life: Life, now: datetime, rng: Random) -> None:
    world, game_id = life.setting.world, life.begun(rng)
    if game_id is not None:
        world.revoke(world.player, game_id, rng.choice(sorted(world.earned(game_id))))
        life.jobs.reset(game_id, now)


def reset_game(life: Life, now: datetime, rng: Random) -> None:
    """Reset a game; one without a real session loses the date on which it was played."""
    world, game_id = life.setting.world, life.begun(rng)
    if game_id is None:
        return
    world.reset_game(world.player, game_id)
    played_at = world.played_at.get(game_id)
    if played_at and played_at < FIRST_SESSIONS:
        world.set_played(game_id, None)
    life.jobs.reset(game_id, now)


def revise(life: Life, now: datetime, rng: Random) -> None:
    """Revise any set, without an achievement that the player has."""
    world = life.setting.world
    game_id = rng.choice(life.setting.unplayed + life.setting.played)
    locked, draw = world.unlock_table.locked(world.player, game_id), rng.random()
    if draw < 0.6 or not locked:
        world.catalogue.add_achievements(game_id, rng.choices(POINTS, k=rng.randint(1, 8)))
    elif draw < 0.8:
        change_points(life, game_id, rng.choice(locked))
    else:
        world.catalogue.demote(game_id, rng.choice(locked))
    life.jobs.revise(game_id, now)


def revise_unlocked(life: Life, now: datetime, rng: Random) -> None:
    """Demote an achievement that the player has, or give it other points."""
    world, game_id = life.setting.world, life.begun(rng)
    if game_id is None:
        return
    games, earned = world.catalogue.games, world.earned(game_id)
    promoted = [a.id for a in games[game_id].promoted() if a.id in earned]
    if not promoted:
        return
    if rng.random() < 0.4:
        world.catalogue.demote(game_id, rng.choice(promoted))
    else:
        change_points(life, game_id, rng.choice(promoted))
    life.jobs.revise(game_id, now)


def change_points(life: Life, game_id: GameId, achievement: int) -> None:
    catalogue = life.setting.world.catalogue
    points = catalogue.games[game_id].achievements[achievement].points
    catalogue.set_points(game_id, achievement, 5 if points >= 10 else points + 5)


def reset_account(life: Life, now: datetime) -> None:
    """Zero the totals and drop the rows at once, as the site does."""
    world = life.setting.world
    world.unlock_table.reset_account(world.player)
    for game_id in list(world.shown):
        world.touch(game_id)
        world.show(game_id, (*world.present(game_id)[:2], 0, 0, 0, 0), now, None)
    world.forget_rows()
