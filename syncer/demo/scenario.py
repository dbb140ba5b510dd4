"""What happens in the demo world, and when: always the same for a seed and a start."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import TypeAlias

from syncer.core.clock import truncate_to_ms
from syncer.core.model.progress import GameId

from . import seed as demo_seed
from .models import Achievement
from .world import World

DAY = timedelta(days=1)
BACKSTORY = 3 * DAY  # before the start, so that the first look finds something
WEEKS = 21 * DAY  # of evenings; then the lively hours begin
LIVELY = timedelta(hours=12)  # something every 10 to 20 seconds, for whoever watches
LARGEST_SET = 90

Act: TypeAlias = Callable[["Scenario", str, Random], str | None]


@dataclass(frozen=True, slots=True)
class ScenarioEvent:
    """One thing that happens at a moment (UTC). `rng` is its own, so that no order of asking matters."""

    at: datetime
    player: str
    act: Act
    rng: str


@dataclass(frozen=True, slots=True)
class ScenarioLog:
    """What really happened, for people."""

    at: datetime
    player: str
    what: str


Timeline: TypeAlias = Iterator[ScenarioEvent]


class Scenario:
    """Moves a world along its timeline. However `advance` is called, the same deeds come in the same order.

    Three weeks of evenings from `start` with one set revised, a rename, a reset, a demotion and a
    reweighed achievement in them; then twelve lively hours; then evenings for ever. `games` says who plays
    what; the last two of each player stay untouched. Raises ValueError for a naive start.
    """

    def __init__(
        self,
        world: World,
        seed: int,
        start: datetime,
        games: Mapping[str, Sequence[GameId]] = demo_seed.GAMES,
    ) -> None:
        self.world = world
        self.games = {player: tuple(ids) for player, ids in games.items()}
        self.told: list[ScenarioLog] = []
        self.start = self.now = truncate_to_ms(start)
        self._deeds = heapq.merge(
            *(timeline(player, seed, self.start) for timeline in TIMELINES for player in self.games),
            lively(tuple(self.games), seed, self.start),
            key=lambda deed: deed.at,
        )
        self._next = next(self._deeds)
        self.advance(self.start)

    def advance(self, to: datetime) -> int:
        """Do all that is to happen up to `to`, that moment included. How many deeds that were."""
        with self.world.lock:
            before = len(self.told)
            while self._next.at <= to:
                self._do(self._next)
                self._next = next(self._deeds)
            return len(self.told) - before

    def _do(self, deed: ScenarioEvent) -> None:
        self.now = deed.at
        if self.world.resolve(deed.player) is None:
            return  # deleted by whoever else changes this world
        what = deed.act(self, deed.player, Random(deed.rng))
        if what is not None:
            self.told.append(ScenarioLog(deed.at, deed.player, what))

    # -- what the deeds ask ----------------------------------------------------------------------------

    def played(self, player: str) -> list[GameId]:
        """The games that the player plays at all."""
        mine = self.games[player][:-2] or self.games[player]
        return [g for g in mine if g in self.world.games and not self.world.games[g].deleted]

    def unfinished(self, player: str) -> list[GameId]:
        return [
            g for g in self.played(player) if self.world.locked(player, g) or self.world.casual(player, g)
        ]

    def begun(self, player: str) -> list[GameId]:
        return [g for g in self.played(player) if len(self.world.locked(player, g)) < self.size(g)]

    def size(self, game_id: GameId) -> int:
        return len(self.world.games[game_id].promoted())


# -- deeds: each changes the world and says what happened, or None for nothing --------------------------


def play(life: Scenario, player: str, rng: Random, game_id: GameId | None = None) -> str | None:
    """Earn something in a game, casually or in hardcore, or redo a casual unlock in hardcore."""
    unfinished = life.unfinished(player)
    if not unfinished:
        return go_on(life, player, rng)
    game = game_id if game_id in unfinished else rng.choice(unfinished[:4])
    locked, casual = life.world.locked(player, game), life.world.casual(player, game)
    if casual and (not locked or rng.random() < 0.2):
        life.world.unlock(player, game, rng.choice(casual), life.now, hardcore=True)
        return f"redid one in hardcore in {game}"
    hardcore = rng.random() < 0.55
    life.world.unlock(player, game, rng.choice(locked[:5]), life.now, hardcore=hardcore)
    return f"earned one {'in hardcore' if hardcore else 'casually'} in {game}"


def session(nth: int) -> Act:
    """Play the game of this evening: they take turns, so that progress comes in streaks."""

    def act(life: Scenario, player: str, rng: Random) -> str | None:
        played = life.played(player)
        return play(life, player, rng, played[nth % len(played)]) if played else None

    return act


def master(life: Scenario, player: str, rng: Random) -> str | None:
    """One more in hardcore in the player's first game, until nothing is left."""
    for game in life.played(player)[:1]:
        for achievement in life.world.locked(player, game) or life.world.casual(player, game):
            life.world.unlock(player, game, achievement, life.now, hardcore=True)
            return f"earned one in hardcore in {game}"
    return None


def revise(life: Scenario, player: str, rng: Random) -> str | None:
    """The smallest set of a game but the first gets more achievements."""
    games = life.played(player)[1:] or life.played(player)
    if not games:
        return None
    game = min(games, key=life.size)
    life.world.add_achievements(game, rng.choices(demo_seed.WORTH, k=rng.randint(3, 6)))
    return f"the set of {game} was revised"


def go_on(life: Scenario, player: str, rng: Random) -> str | None:
    """Everything is unlocked: sets grow, and where they are large somebody starts over."""
    games = life.played(player)
    if games and (min(map(life.size, games[1:] or games)) >= LARGEST_SET or rng.random() < 0.1):
        return reset(life, player, rng)
    return revise(life, player, rng)


def reset(life: Scenario, player: str, rng: Random) -> str | None:
    begun = life.begun(player)
    if not begun:
        return None
    game = rng.choice(begun[1:] or begun)
    life.world.reset_game(player, game)
    return f"reset {game}"


def rename(life: Scenario, player: str, rng: Random) -> str | None:
    """Raises nothing: a name that somebody else took first is not taken."""
    if life.world.resolve(demo_seed.NEW_NAME) is not None:
        return None
    life.world.rename(player, demo_seed.NEW_NAME)
    return f"is now {demo_seed.NEW_NAME}"


def demote(life: Scenario, player: str, rng: Random) -> str | None:
    """An achievement that the player has is not promoted any more."""
    found = one_of(life, player, rng, earned=True)
    if found is None:
        return None
    game, achievement = found
    life.world.demote(game, achievement.id)
    return f"an achievement of {game} was demoted"


def reweigh(life: Scenario, player: str, rng: Random) -> str | None:
    found = one_of(life, player, rng, earned=True)
    if found is None:
        return None
    game, achievement = found
    life.world.reweigh(game, achievement.id, 50 if achievement.points != 50 else 25)
    return f"an achievement of {game} has other points"


def one_of(life: Scenario, player: str, rng: Random, earned: bool) -> tuple[GameId, Achievement] | None:
    begun = life.begun(player)
    if not begun:
        return None
    game = rng.choice(begun[1:] or begun)
    locked = life.world.locked(player, game)
    return game, rng.choice([a for a in life.world.games[game].promoted() if (a.id not in locked) == earned])


# -- timelines: endless or not, each ascending ----------------------------------------------------------


def backstory(player: str, seed: int, start: datetime) -> Timeline:
    for n in range(40):
        yield ScenarioEvent(
            start - BACKSTORY + n * timedelta(hours=1), player, session(n // 6), f"{seed} {player} past {n}"
        )


def evenings(player: str, seed: int, start: datetime) -> Timeline:
    """Most evenings a few hours with one game, for ever."""
    first = start.replace(hour=18, minute=0, second=0, microsecond=0)
    day = 0 if first >= start else 1
    while True:
        rng = Random(f"{seed} {player} evening {day}")
        at = first + day * DAY + timedelta(seconds=rng.randint(0, 5400))
        for n in range(rng.randint(5, 12) if rng.random() < 0.75 else 0):
            yield ScenarioEvent(at, player, session(day // 2), f"{seed} {player} {day} {n}")
            at += timedelta(seconds=rng.randint(120, 720))
        day += 1


def mastery(player: str, seed: int, start: datetime) -> Timeline:
    if player == demo_seed.HERON:
        for n in range(40):
            at = start + 9 * DAY + n * timedelta(minutes=3)
            yield ScenarioEvent(at, player, master, f"{seed} {player} mastery {n}")


def occasions(player: str, seed: int, start: datetime) -> Timeline:
    """What happens once, on these days (counted from the start)."""
    calendar: tuple[tuple[float, str, Act], ...] = (
        (7.4, demo_seed.HERON, revise),
        (12.3, demo_seed.MOSS, rename),
        (14.6, demo_seed.MOSS, reset),
        (16.4, demo_seed.HERON, demote),
        (18.5, demo_seed.MOSS, reweigh),
    )
    for days, whose, act in calendar:
        if player == whose:
            yield ScenarioEvent(start + days * DAY, player, act, f"{seed} {player} day {days}")


def lively(players: Sequence[str], seed: int, start: datetime) -> Timeline:
    """They take turns: something every 10 to 20 seconds."""
    rng = Random(f"{seed} lively")
    at = start + WEEKS
    for n in count():
        at += timedelta(seconds=rng.randint(10, 20))
        if at > start + WEEKS + LIVELY:
            return
        yield ScenarioEvent(at, players[n % len(players)], session(n // 50), f"{seed} lively {n}")


TIMELINES = (backstory, evenings, mastery, occasions)
