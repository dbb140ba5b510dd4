"""A simulated year: the moments of its polls, and what the site returned. rows.write stores it."""

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
NO_PROGRESS = (40, 400, 0, 0, 0, 0)
Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Year:
    """`count`: runs, one each quarter of an hour. `outages`: the runs that did not take place."""

    games: tuple[GameId, ...] = tuple(range(60, 30_060, 60))
    count: int = 365 * 96
    changes: int = 27_000
    outages: tuple[range, ...] = (range(9_000, 9_100), range(22_000, 22_003))
    seed: int = 1

    @cached_property
    def runs(self) -> tuple[int, ...]:
        missing = {run for outage in self.outages for run in outage}
        return tuple(run for run in range(self.count) if run not in missing)

    @cached_property
    def changing(self) -> dict[int, list[GameId]]:
        """By run, the games whose numbers differ from those before: some are played much more than others."""
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
    def position_of(self) -> dict[int, int]:
        return {run: position for position, run in enumerate(self.runs)}

    @property
    def poll_count(self) -> int:
        return len(self.games) * len(self.runs)

    @property
    def end(self) -> datetime:
        return self.started(self.count)

    def started(self, run: int) -> datetime:
        return START + EVERY * run

    def polled_at(self, run: int, batch: int) -> datetime:
        """Return when the answer of a batch had arrived; the request budget spaces them."""
        return self.started(run) + timedelta(milliseconds=417 + 2200 * batch)

    def finished(self, run: int) -> datetime:
        return self.polled_at(run, len(self.batches))

    def responses(self) -> Iterator[tuple[int, dict[GameId, Numbers]]]:
        """Yield each run and the numbers that the site returned (one dict, changed in place)."""
        rng = Random(self.seed)
        now: dict[GameId, Numbers] = dict.fromkeys(self.games, NO_PROGRESS)
        for run in self.runs:
            for game in self.changing.get(run, ()):
                now[game] = next_numbers(now[game], rng)
            yield run, now


def next_numbers(numbers: Numbers, rng: Random) -> Numbers:
    """Return the numbers after a change: mostly one more unlock, rarely a revised set or a reset."""
    possible, score, achieved, points, hardcore, hardcore_points = numbers
    roll, value = rng.random(), rng.choice((1, 2, 5, 10, 25))
    if achieved == possible or roll < 0.02:
        return possible + 5, score + 50, achieved, points, hardcore, hardcore_points
    if achieved > 3 and roll < 0.03:
        return possible, score, 0, 0, 0, 0
    if roll < 0.6:
        return possible, score, achieved + 1, points + value, hardcore + 1, hardcore_points + value
    return possible, score, achieved + 1, points + value, hardcore, hardcore_points
