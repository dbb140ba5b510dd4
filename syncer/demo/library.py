"""The games that the demo's players played years ago: too many for one request, and hardly ever touched."""

from datetime import datetime, timedelta
from random import Random

from syncer.core.model.progress import GameId

from .seed import HERON, MOSS, POINTS
from .world import World

PLACES = (
    "Amber",
    "Crimson",
    "Silver",
    "Velvet",
    "Iron",
    "Frozen",
    "Wandering",
    "Clockwork",
    "Midnight",
    "Sunken",
    "Hazel",
)
THINGS = (
    "Harbour",
    "Squadron",
    "Orchard",
    "Express",
    "Labyrinth",
    "Kingdom",
    "Rally",
    "Observatory",
    "Signal",
    "Circus",
)
SYSTEMS = ("NES", "SNES", "Mega Drive", "Game Boy", "Game Boy Advance", "PlayStation")
GAMES = 100
FIRST_ID = 20_001
OLDEST, NEWEST = timedelta(days=1500), timedelta(days=30)  # before the start


def add_library(world: World, start: datetime, seed: int = 1) -> None:
    """Add games with unlocks of both players from the years before `start`."""
    for number in range(GAMES):
        rng = Random(f"library {seed} {number}")
        # No name comes twice: the lengths of the two lists have no common divisor.
        title = f"{PLACES[number % len(PLACES)]} {THINGS[number % len(THINGS)]}"
        points, console = rng.choices(POINTS, k=rng.randint(6, 24)), rng.choice(SYSTEMS)
        game = world.add_game(title, points, game_id=FIRST_ID + number, console=console)
        for player in (HERON, MOSS):
            play_once(world, player, game.id, start - rng.uniform(NEWEST / OLDEST, 1) * OLDEST, rng)


def play_once(world: World, player: str, game_id: GameId, at: datetime, rng: Random) -> None:
    """Unlock a part of a game in one evening."""
    locked = world.unlock_table.locked(player, game_id)
    for n, achievement in enumerate(locked[: rng.randint(1, len(locked))]):
        moment = at.replace(microsecond=0) + n * timedelta(minutes=4)
        world.unlock(player, game_id, achievement, moment, hardcore=rng.random() < 0.6)
