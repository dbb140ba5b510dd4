"""The players, games and achievements with which the demo world starts, all invented."""

from collections.abc import Mapping
from random import Random

from syncer.core.model.progress import GameId

from .models import PROGRESSION, WIN_CONDITION
from .world import World

HERON = "PixelHeron"
MOSS = "Mossfoot"
NEW_NAME = "Mossfoot64"  # the name of MOSS in the last days
HERON_KEY = "demo0heron0key0of0thirty2letters"  # opens nothing but the demo server
MOSS_KEY = "demo0moss00key0of0thirty2letters"

TITLES: tuple[tuple[GameId, str, str, int], ...] = (  # id, title, console, achievements
    (112, "Lantern Keeper", "Game Boy", 12),
    (245, "Copper Valley", "NES", 24),
    (391, "Starling Run", "Mega Drive", 30),
    (618, "The Clockmaker's Daughter", "SNES", 42),
    (733, 'Tidal "Zero" Racers', "SNES", 28),
    (1204, "Moth & Ember", "Game Boy Color", 36),
    (1877, "Dungeon/Garden", "NES", 22),
    (2310, "~Hack~ Copper Valley: Winter", "NES", 18),
    (4096, "Señor Topo", "Master System", 16),
    (5521, "Hollow Orbit", "PlayStation", 54),
    (7808, "Paper Samurai II", "Game Boy Advance", 40),
    (9013, "Nordlichtjäger", "Amiga", 26),
    (11342, "Quiet Harbour", "Nintendo DS", 48),
    (14402, "Brass Meridian", "Saturn", 33),
)
ALL_GAMES = tuple(game_id for game_id, *_ in TITLES)
GAMES: Mapping[str, tuple[GameId, ...]] = {
    HERON: ALL_GAMES[:12],
    MOSS: ALL_GAMES[2:],
}  # the last two of each stay untouched
POINTS = (1, 2, 3, 3, 5, 5, 5, 10, 10, 25)


def demo_world(seed: int = 1) -> World:
    """Return the world with its two players and nothing unlocked; the same for the same seed."""
    world = World()
    rng = Random(f"sets {seed}")
    for game_id, title, console, size in TITLES:
        game = world.add_game(title, rng.choices(POINTS, k=size), game_id=game_id, console=console)
        *steps, end = list(game.achievements)[: size // 2]  # the rest is needed for a mastery only
        for achievement in steps:
            world.catalogue.set_type(game_id, achievement, PROGRESSION)
        world.catalogue.set_type(game_id, end, WIN_CONDITION)
    world.add_account(HERON, HERON_KEY)
    world.add_account(MOSS, MOSS_KEY)
    return world
