"""A simulated year: when somebody looked, and what the site said. rows.write stores it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random

from syncer.core.model.progress import GameId

START = datetime(2025, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=15)
GAP_AFTER = timedelta(minutes=30)
BATCH = 100
NOTHING = (40, 400, 0, 0, 0, 0)
Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Year:
    """`count`: runs, one at each quarter of an hour. `away`: those that were not, for nobody looked."""

    games: tuple[GameId, ...] = tuple(range(60, 30_060, 60))
    count: int = 365 * 96
    changes: int = 27_000
    away: tuple[range, ...] = (range(9_000, 9_100), range(22_000, 22_003))
    seed: int = 1

    @cached_property
    def runs(self) -> tuple[int, ...]:
        asleep = {run for pause in self.away for run in pause}
        return tuple(run for run in range(self.count) if run not in asleep)

    @cached_property
    def changing(self) -> dict[int, list[GameId]]:
        """By run, the games whose numbers are others than before: some are played much more than others."""
        rng, chosen = Random(self.seed), set[tuple[int, GameId]]()
        while len(chosen) < self.changes:
            chosen.add((rng.choice(self.runs[1:]), self.games[int(len(self.games) * rng.random() ** 1.3)]))
        found: dict[int, list[GameId]] = {}
        for run, game in sorted(chosen):
            found.setdefault(run, []).append(game)
        return found

    @cached_property
    def batches(self) -> list[tuple[GameId, ...]]:
        return [self.games[n : n + BATCH] for n in range(0, len(self.games), BATCH)]

    @cached_property
    def batch_of(self) -> dict[GameId, int]:
        return {game: number for number, batch in enumerate(self.batches) for game in batch}

    @cached_property
    def turn_of(self) -> dict[int, int]:
        return {run: turn for turn, run in enumerate(self.runs)}

    @property
    def poll_count(self) -> int:
        return len(self.games) * len(self.runs)

    @property
    def end(self) -> datetime:
        return self.started(self.count)

    def started(self, run: int) -> datetime:
        return START + EVERY * run

    def looked(self, run: int, batch: int) -> datetime:
        """When the answer of a batch was there; the budget spaces them."""
        return self.started(run) + timedelta(milliseconds=417 + 2200 * batch)

    def finished(self, run: int) -> datetime:
        return self.looked(run, len(self.batches))

    def seen(self) -> Iterator[tuple[int, dict[GameId, Numbers]]]:
        """Each run, and what the site said then (one dict, changed in place)."""
        rng = Random(self.seed)
        now: dict[GameId, Numbers] = dict.fromkeys(self.games, NOTHING)
        for run in self.runs:
            for game in self.changing.get(run, ()):
                now[game] = after(now[game], rng)
            yield run, now


def after(numbers: Numbers, rng: Random) -> Numbers:
    """Mostly one more unlock; now and then a revised set, or a fresh start."""
    possible, score, got, points, hardcore, hardcore_points = numbers
    roll, worth = rng.random(), rng.choice((1, 2, 5, 10, 25))
    if got == possible or roll < 0.02:
        return possible + 5, score + 50, got, points, hardcore, hardcore_points
    if got > 3 and roll < 0.03:
        return possible, score, 0, 0, 0, 0
    if roll < 0.6:
        return possible, score, got + 1, points + worth, hardcore + 1, hardcore_points + worth
    return possible, score, got + 1, points + worth, hardcore, hardcore_points
