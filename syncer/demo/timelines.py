"""When which action of a scenario happens: timelines, each ascending, some of them endless."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import TypeAlias

from . import seed as demo_seed
from .actions import (
    Action,
    change_points,
    demote,
    demote_shelved,
    master,
    ping,
    rename,
    reset,
    revise,
    revise_shelved,
    session,
)

DAY = timedelta(days=1)
BACKSTORY = 3 * DAY  # before the start, so that the first poll finds something
THREE_WEEKS = 21 * DAY  # of evenings; then the live hours begin
LIVE_HOURS = timedelta(hours=12)  # a change every 10 to 20 seconds, for people who watch


@dataclass(frozen=True, slots=True)
class ScenarioEvent:
    """One action at a moment (UTC). `seed` is its own, so that it does not depend on other events."""

    at: datetime
    player: str
    action: Action
    seed: str


Timeline: TypeAlias = Iterator[ScenarioEvent]


def backstory(player: str, seed: int, start: datetime) -> Timeline:
    for n in range(40):
        at = start - BACKSTORY + n * timedelta(hours=1)
        yield ScenarioEvent(at, player, session(n // 6), f"{seed} {player} past {n}")


def evenings(player: str, seed: int, start: datetime) -> Timeline:
    """Yield a few hours with one game on most evenings, without end."""
    first = start.replace(hour=18, minute=0, second=0, microsecond=0)
    day = 0 if first >= start else 1
    while True:
        # Seeded by text, so that each evening is the same whatever was drawn before it.
        rng = Random(f"{seed} {player} evening {day}")
        at = first + day * DAY + timedelta(seconds=rng.randint(0, 5400))
        for n in range(rng.randint(5, 12) if rng.random() < 0.75 else 0):
            yield ScenarioEvent(at, player, session(day // 2), f"{seed} {player} {day} {n}")
            pause = timedelta(seconds=rng.randint(120, 720))
            for ping_at in (at + pause / 3, at + pause * 2 / 3):
                yield ScenarioEvent(ping_at, player, ping(day // 2), f"{seed} {player} {day} {n} ping")
            at += pause
        day += 1


def mastery(player: str, seed: int, start: datetime) -> Timeline:
    if player == demo_seed.HERON:
        for n in range(40):
            at = start + 9 * DAY + n * timedelta(minutes=3)
            yield ScenarioEvent(at, player, master, f"{seed} {player} mastery {n}")


def single_events(player: str, seed: int, start: datetime) -> Timeline:
    """Yield what happens once, on these days (counted from the start)."""
    calendar: tuple[tuple[float, str, Action], ...] = (
        (7.4, demo_seed.HERON, revise),
        (10.2, demo_seed.HERON, revise_shelved),
        (16.4, demo_seed.HERON, demote),
        (19.3, demo_seed.MOSS, rename),
        (19.6, demo_seed.MOSS, reset),
        (20.3, demo_seed.MOSS, change_points),
        (20.5, demo_seed.HERON, demote_shelved),
    )
    for days, owner, action in calendar:
        if player == owner:
            yield ScenarioEvent(start + days * DAY, player, action, f"{seed} {player} day {days}")


def live_hours(players: Sequence[str], seed: int, start: datetime) -> Timeline:
    """Yield an event every 10 to 20 seconds; the players take turns."""
    rng = Random(f"{seed} lively")
    at = start + THREE_WEEKS
    for n in count():
        at += timedelta(seconds=rng.randint(10, 20))
        if at > start + THREE_WEEKS + LIVE_HOURS:
            return
        yield ScenarioEvent(at, players[n % len(players)], session(n // 50), f"{seed} lively {n}")


TIMELINES = (backstory, evenings, mastery, single_events)
