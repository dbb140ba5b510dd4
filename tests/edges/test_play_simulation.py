"""Days of invented play with the product: the rules alone are simulated for months by the unit tests."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from syncer.core.formats.timestamps import start_of
from syncer.core.polling.hours import REPORT_INTERVAL

from .harness import START
from .play_harness import MINUTE, PlayHarness

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
# At most one batch, with probes each hour; more targets, with probes each 15 minutes.
MODES: dict[str, tuple[int, timedelta | None]] = {
    "few games": (100, None),
    "many games": (2, DAY),
}


OFTEN = [("few games", 5)]
SOAK = [("few games", None), ("many games", 5), ("many games", None)]


@pytest.fixture(params=[*OFTEN, *(pytest.param(one, marks=pytest.mark.soak) for one in SOAK)], ids=str)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlayHarness]:
    mode, minutes = request.param
    made = PlayHarness(f"sqlite:///{tmp_path / 'syncer.db'}", play_every=minutes and minutes * MINUTE)
    made.wakes_after = 4 * MINUTE
    made.batch_size, made.idle_every = MODES[mode]
    made.world.play("Tester", 6, START - 20 * DAY)
    made.poll()
    yield made
    made.close()


def disturb(home: PlayHarness, rng: Random) -> None:
    """Move dates without play, as the site does: claims of old moments, resets, recounts, moved pages."""
    now, game = home.clock.now(), rng.randrange(1, 7)
    what = rng.randrange(5)
    if what == 0:
        home.world.earn("Tester", game, 1, now - timedelta(hours=rng.uniform(2, 300)))
    elif what == 1:
        home.world.reset_game("Tester", game)
    elif what == 2:
        home.site.off_page = {rng.randrange(1, 7)}
    elif what == 3:
        home.site.dates = {game: rng.choice((None, now - 400 * HOUR))}
    else:
        home.site.off_page, home.site.dates = set(), {}


def live(home: PlayHarness, rng: Random, days: int) -> None:
    end = START + days * DAY
    while home.clock.now() < end:
        home.wait(timedelta(minutes=rng.uniform(40, 400)), 5 * MINUTE)
        disturb(home, rng)
        home.wait(timedelta(minutes=rng.uniform(30, 60)), 5 * MINUTE)
        home.site.off_page, home.site.dates = set(), {}
        length = timedelta(minutes=1 + rng.expovariate(1 / 40))
        home.play(rng.randrange(1, 7), length)
    home.wait(2 * HOUR)


def played_on(home: PlayHarness, day: date) -> timedelta:
    begin, end = start_of(day, BERLIN), start_of(day + DAY, BERLIN)
    spans = [(max(begin, a), min(end, b)) for _, (a, b) in home.truth]
    return sum((b - a for a, b in spans if a < b), timedelta(0))


def overlaps(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def test_play_is_found_within_its_range_and_none_is_made_up(home: PlayHarness) -> None:
    live(home, Random(13), days=2)
    sessions = [(s.game_id, (s.started_after, s.ended_at + REPORT_INTERVAL)) for s in home.stored()]
    long = [(game, span) for game, span in home.truth if span[1] - span[0] > 20 * MINUTE]
    lost = [one for one in long if not any(g == one[0] and overlaps(s, one[1]) for g, s in sessions)]
    assert len(long) > 2
    assert lost == []
    invented = [s for s in sessions if not any(g == s[0] and overlaps(s[1], t) for g, t in home.truth)]
    assert invented == []
    hours = home.queries.play.by_day(home.tracked.id, BERLIN, START - DAY, START + 6 * DAY)
    wrong = {
        day: (p, played_on(home, day))
        for day, p in hours.items()
        if not p.least <= played_on(home, day) <= p.most
    }
    assert wrong == {}
    missing = [d for n in range(4) if played_on(home, d := (START + n * DAY).date()) and d not in hours]
    assert missing == []
