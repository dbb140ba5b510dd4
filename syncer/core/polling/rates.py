"""How often the numbers of each game change. Pure."""

from collections.abc import Mapping
from datetime import timedelta

from syncer.core.model.progress import GameId

RATE_WINDOW = timedelta(days=90)  # of the changes that count
HALF = 0.5  # a change that is assumed of each game, so that a game without one has a rate, too
MIN_DAYS = 1.0  # of observation in all: without any, every game has the same rate


def change_rates(observed: Mapping[GameId, tuple[int, float]]) -> dict[GameId, float]:
    """Return the changes a day of each game.

    A game that was polled for a short time is assumed to be like the others: the mean of a gamma
    distribution around the mean rate of all games, which half a change is worth (empirical Bayes).
    """
    mean = mean_rate(observed)
    return {game_id: (changes + HALF) / (days + HALF / mean) for game_id, (changes, days) in observed.items()}


def mean_rate(observed: Mapping[GameId, tuple[int, float]]) -> float:
    """Return the changes a day of a game of which nothing is known; never 0."""
    changes = sum(changes for changes, _ in observed.values())
    days = sum(days for _, days in observed.values())
    return max(changes, HALF) / max(days, MIN_DAYS)
