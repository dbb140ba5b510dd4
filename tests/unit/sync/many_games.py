"""A player with more targets than one batch holds, and days of the daemon."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.core.model.run import RunReport

from .harness import MemoryHarness

DAY = timedelta(days=1)
GAMES = range(1, 501)


@pytest.fixture
def many() -> MemoryHarness:
    """Return a player with 500 games after a first run, of which three were played."""
    return followed(len(GAMES))


def followed(count: int, **settings: object) -> MemoryHarness:
    """Return a player with so many games after a first run by hand, of which three were played."""
    home = MemoryHarness(range(1, count + 1))
    home.settings = {"idle_every": DAY, "sessions": True, **settings}
    home.source.recent = {game: home.clock.now() - game * DAY for game in (1, 2, 3)}
    home.poll()
    home.source.asked.clear()
    return home


def days(home: MemoryHarness, number: float) -> Iterator[RunReport]:
    """Let the daemon run for some days; yield the report of each run."""
    end = home.clock.now() + number * DAY
    while (wake := home.syncer.next_wake()) is not None and wake < end:
        home.clock.pass_by(max(0.0, (wake - home.clock.now()).total_seconds()))
        report = home.sync(only_due=True)
        assert report is not None, f"nothing was due at {wake}"
        yield report
    home.clock.pass_by((end - home.clock.now()).total_seconds())
