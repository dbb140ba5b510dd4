"""Months of invented play, seeded: sessions are found, hours lie within their range, none is made up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from syncer.core.model.library import GameInfo
from syncer.core.model.play import PlaySession, Probe, RecentGame
from syncer.core.model.progress import GameId, Progress
from syncer.core.polling.hours import REPORT_INTERVAL, played_by_day
from syncer.core.polling.sessions import decide_play, is_playing

START, DAY, MINUTE = datetime(2026, 5, 1, tzinfo=UTC), timedelta(days=1), timedelta(minutes=1)
DAYS, GAMES, PING, GAP = 30, range(1, 9), timedelta(minutes=2), timedelta(minutes=45)
Span = tuple[datetime, datetime]


def is_absent(now: datetime) -> bool:
    """Return whether the daemon is dead: for a day."""
    return START + 10 * DAY < now < START + 11 * DAY


@dataclass
class Site:
    """What the site shows of a player: a date for each game, moved by reports that pass through a queue."""

    rng: Random
    truth: list[tuple[GameId, Span]] = field(default_factory=list)
    reports: list[tuple[datetime, GameId, datetime]] = field(default_factory=list)
    shown: dict[GameId, datetime | None] = field(default_factory=dict)

    def live(self, queue: float) -> None:
        """Play now and then; a report each two minutes. `queue`: the longest delay, in minutes."""
        now = START
        while now < START + DAYS * DAY:
            now += timedelta(minutes=self.rng.uniform(30, 700))
            game, end = self.rng.choice(GAMES), now + timedelta(minutes=1 + self.rng.expovariate(1 / 40))
            self.truth.append((game, (now, end)))
            while now <= end:
                shown_at = now + timedelta(minutes=self.rng.uniform(0, queue))
                self.reports.append((shown_at, game, now.replace(microsecond=0)))
                now += PING
        self.reports.sort(reverse=True)

    def advance(self, now: datetime) -> None:
        while self.reports and self.reports[-1][0] <= now:
            _, game, at = self.reports.pop()
            self.shown[game] = max(at, self.shown.get(game) or at)

    def disturb(self, now: datetime) -> None:
        """Move a date without play: by a claim of an old moment, a reset, a recount."""
        game, before = self.rng.choice(GAMES), now - timedelta(hours=self.rng.uniform(2, 300))
        shown = self.shown.get(game)
        if shown is None or shown < now - 2 * timedelta(hours=1):
            self.shown[game] = self.rng.choice((before, None, max(before, shown or before)))

    def rows(self) -> list[RecentGame]:
        """Return the rows of a page that now and then misses a game which was not played lately."""
        numbers = Progress(0, 0, 0, 0, 0, 0)
        dated = sorted(self.shown.items(), key=lambda one: one[1] or START, reverse=True)
        kept = dated[: self.rng.choice((5, 6, 8))]
        return [RecentGame(GameInfo(game, "", None, "", ""), numbers, at) for game, at in kept]


def record(site: Site, every: timedelta, play_every: timedelta, faults: float) -> list[PlaySession]:
    """Return the sessions that probes find; some of them fail, and one day has none."""
    dates, found = dict[GameId, datetime](), dict[tuple[GameId, datetime], PlaySession]()
    previous_at: datetime | None = None
    for now in times(site, every, play_every):
        if not is_absent(now) and site.rng.random() >= faults:
            after_gap = previous_at is not None and now - previous_at > GAP
            open_sessions = [session for session in found.values() if session.is_open]
            decision = decide_play(site.rows(), dates, open_sessions, Probe(now, previous_at, after_gap))
            dates |= decision.dates
            found |= {(s.game_id, s.started_after): s for s in (*decision.opened, *decision.changed)}
            previous_at = now
    return list(found.values())


def times(site: Site, every: timedelta, play_every: timedelta) -> Iterator[datetime]:
    now = START
    while now < START + (DAYS + 1) * DAY:
        site.advance(now)
        if site.rng.random() < 0.05 and not is_absent(now):  # a date that is taken back unseen is lost
            site.disturb(now)
        yield now
        now += play_every if is_playing(site.rows(), now) else every
        now += timedelta(seconds=site.rng.uniform(0, 20))


def overlap(one: Span, other: Span) -> timedelta:
    return max(timedelta(0), min(one[1], other[1]) - max(one[0], other[0]))


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.soak)])
@pytest.mark.parametrize("faults", [0, 0.05], ids=["no faults", "5 % faults"])
@pytest.mark.parametrize("queue", [0.2, 4], ids=["at once", "through a queue"])
@pytest.mark.parametrize(("every", "play_every"), [(15, 15), (15, 5), (5, 5), (60, 15)])
def test_play_is_found_within_its_range_and_none_is_made_up(
    every: int, play_every: int, queue: float, faults: float, seed: int
) -> None:
    site = Site(Random(seed))
    site.live(queue)
    sessions = record(site, every * MINUTE, play_every * MINUTE, faults)
    spans = [(s.game_id, (s.started_after, s.ended_at + REPORT_INTERVAL)) for s in sessions]
    long = [(game, span) for game, span in site.truth if span[1] - span[0] > 20 * MINUTE]
    found = sum(any(g == game and overlap(s, span) for g, s in spans) for game, span in long)
    assert found >= 0.99 * len(long) > 30
    assert [s for s in spans if not any(g == s[0] and overlap(s[1], t) for g, t in site.truth)] == []
    hours = played_by_day(sessions, UTC, START, START + (DAYS + 1) * DAY)
    for day in range(DAYS):
        window = (START + day * DAY, START + (day + 1) * DAY)
        truth = sum((overlap(span, window) for _, span in site.truth), timedelta(0))
        stated = hours.get(window[0].date())
        assert stated is not None or not truth
        assert stated is None or stated.least <= truth <= stated.most, (day, truth, stated)
