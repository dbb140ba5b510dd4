"""A simulated year: the real program polls a site on which one player plays, resets and pauses.

Invented, but always the same: unlocks in both modes and around midnight, sets that grow, resets, and times
without polling, of which the site tells the unlocks afterwards.
"""

from datetime import timedelta
from random import Random

from tests.edges.unlock_harness import UnlockHarness

GAMES = tuple(range(1, 13))
DAY, STEP = timedelta(days=1), timedelta(hours=6)
LISTED, PLAYER = 40, "Tester"  # achievements of each set
POINTS = (0, 1, 2, 5, 10, 25)


def play_year(url: str, days: int) -> UnlockHarness:
    """Return the player after so many days, the last two of them without play."""
    home, rng = UnlockHarness(url, games=GAMES[:-2], every=STEP), Random(2026)
    for game in GAMES:
        if game not in home.world.catalogue.games:
            home.world.add_game(f"Game {game}", [], game_id=game)
        home.world.add_achievements(game, [rng.choice(POINTS) for _ in range(LISTED)])
    home.poll()
    day = 0
    while day < days - 2:
        away = rng.choice((3, 10, 25)) if rng.random() < 0.02 else 0
        for _ in range(away or 1):
            spend_day(home, rng, is_polled=not away)
        day += away or 1
    home.run_for(2 * DAY, STEP)
    return home


def spend_day(home: UnlockHarness, rng: Random, *, is_polled: bool) -> None:
    """Let the player play on some days, a few hours before each run."""
    is_playing, game = rng.random() < 0.5, rng.choice(GAMES)
    for _ in range(round(DAY / STEP)):
        home.clock.pass_by(STEP.total_seconds())
        if is_playing and rng.random() < 0.5:
            change(home, rng, game)
        if is_polled:
            home.poll()


def change(home: UnlockHarness, rng: Random, game: int) -> None:
    at = home.clock.now() - timedelta(seconds=rng.randrange(1, int(STEP.total_seconds())))
    again = home.world.unlock_table.softcore_only(PLAYER, game)
    chance = rng.random()
    if chance < 0.02:
        home.world.reset_game(PLAYER, game)
    elif chance < 0.05:
        home.world.add_achievements(game, [rng.choice(POINTS) for _ in range(3)])
    elif chance < 0.3 and again:
        home.world.unlock(PLAYER, game, again[0], at, hardcore=True)
    else:
        home.world.earn(PLAYER, game, rng.randint(1, 5), at, hardcore=rng.random() < 0.6)
