"""The catalogue of the simulated site, and what the player has done before the month."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from syncer.core.model.progress import GameId
from syncer.demo.models import Console

from .scenario import DAY, START, Scenario
from .world import MonthWorld

POINTS = (1, 2, 3, 5, 5, 5, 5, 10, 10, 10, 25, 25, 50)
YEARS = 8 * 365 * DAY
SMALL, LARGE = (3, 5), (6, 34)  # sizes of sets; the small ones are in no listing of played games
EVENTS = 6


@dataclass
class Setting:
    """The games of the site, by what they are to the player. `subsets`: of a base game, by its id."""

    world: MonthWorld
    played: list[GameId] = field(default_factory=list)
    unplayed: list[GameId] = field(default_factory=list)
    subsets: dict[GameId, GameId] = field(default_factory=dict)


def build(scenario: Scenario) -> Setting:
    """Return the site at the start of the month."""
    rng, world = Random(f"{scenario.seed} catalogue"), MonthWorld()
    setting = Setting(world)
    world.metrics.hold()  # the rows are computed once, at the end
    consoles = add_consoles(world, scenario.consoles)
    size = max(scenario.catalogue, scenario.games * 11 // 10)
    ids = sorted(rng.sample(range(1, 4 * size), size))
    weights = [1 / (1 + n) ** 0.8 for n in range(len(consoles))]
    for game_id, console in zip(ids, rng.choices(consoles, weights, k=size), strict=True):
        add_game(world, game_id, console, rng)
    chosen = rng.sample(ids, scenario.games)
    setting.played, setting.unplayed = chosen, sorted(set(ids) - set(chosen))
    add_subsets(setting, chosen)
    for game_id in chosen:
        add_past(world, game_id, rng)
    add_events(world, max(ids) + 1, rng)
    world.begin()
    return setting


def add_consoles(world: MonthWorld, count: int) -> list[str]:
    """Return the names of so many consoles with games."""
    known = world.catalogue.consoles
    names = [console.name for console in known.values() if console.is_game_system]
    for number in range(41, 41 + max(0, count - len(names))):
        known[f"Console {number}"] = Console(number, f"Console {number}")
        names.append(f"Console {number}")
    return names[:count]


def add_game(world: MonthWorld, game_id: GameId, console: str, rng: Random) -> None:
    size = rng.randint(*SMALL) if rng.random() < 0.05 else rng.randint(*LARGE)
    points = [0 if rng.random() < 0.02 else rng.choice(POINTS) for _ in range(size)]
    world.add_game(f"Game {game_id}", points, game_id=game_id, console=console)


def add_subsets(setting: Setting, played: Sequence[GameId]) -> None:
    """Make one of 40 played games the subset of the one before it."""
    games = setting.world.catalogue.games
    for base, subset in zip(played[::40], played[1::40], strict=False):
        games[subset].title = f"{games[base].title} [Subset - Bonus]"
        setting.subsets[base] = subset


def add_past(world: MonthWorld, game_id: GameId, rng: Random) -> None:
    """Let the player have played a game once: in one of ten nothing was unlocked, one of six is complete."""
    at = START - timedelta(hours=1) - timedelta(seconds=rng.randrange(int(YEARS.total_seconds())))
    achievements, draw = world.catalogue.games[game_id].promoted(), rng.random()
    share = 1.0 if draw < 0.16 else 0.0 if draw > 0.9 else rng.random() ** 2
    count = int(len(achievements) * share)
    mode = rng.random()
    for achievement in rng.sample(achievements, count):
        unlocked = at - timedelta(seconds=rng.randrange(20_000))
        hardcore = mode < 0.6 or (mode < 0.8 and rng.random() < 0.5)
        world.unlock(world.player, game_id, achievement.id, unlocked, hardcore=hardcore)
    # Games that were played before the site knew sessions have a row without a date.
    world.played_at[game_id] = None if rng.random() < 0.03 else at
    world.playtime[game_id] = rng.randrange(36_000)


def add_events(world: MonthWorld, first: GameId, rng: Random) -> None:
    for game_id in range(first, first + EVENTS):
        world.add_game(f"Event {game_id}", [1] * 12, game_id=game_id, console="Events")
        world.earn(world.player, game_id, rng.randint(1, 12), START - 30 * DAY, hardcore=True)
