"""A season: three players on one simulated site and in one database, each followed in another mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from syncer.demo.models import EPOCH
from syncer.demo.world import World
from tests.fakes import FakeClock

from . import threads
from .site import OracleSite
from .stage import Stage
from .threads import Plan

MODES = ("listed", "played", "numbers")
SHORT = Plan((2.7, 11.0), 12.0, (14.0, 20.0), 1.1, 3.0, 2.0, 8.0, 17.0)
LONG = Plan((5.0, 38.0), 45.0, (50.0, 84.0), 2.3, 7.0, 2.0, 20.0, 58.0)
# Each lie about a whole account costs dozens of polls: in the short season they are left to the named cases.
RESETS = {"listed": ("account_reset",), "played": ("account_reset",), "numbers": ()}


@dataclass(frozen=True)
class Length:
    """How long a season is, in days. `pauses`: when there is no process (begin and end).

    `incidents`: what befalls the whole account of the player of each mode.
    """

    plan: Plan
    every: str
    days: float
    pauses: tuple[tuple[float, float], ...]
    incidents: Mapping[str, tuple[str, ...]]
    is_quiet: bool = False


QUIET_SEASON = Length(SHORT, "1d", 18.0, (), dict.fromkeys(MODES, ()), is_quiet=True)
# The pause makes the season long enough for what is found within 33 days, without a run on each of them.
SHORT_SEASON = Length(SHORT, "1d", 48.0, ((22.0, 44.6),), RESETS)
LONG_SEASON = Length(LONG, "6h", 120.0, ((62.0, 63.7),), dict.fromkeys(MODES, threads.INCIDENTS))


@dataclass
class Season:
    site: OracleSite
    length: Length
    stages: dict[str, Stage] = field(default_factory=dict)  # by mode


def season(length: Length, seed: int) -> Season:
    """Return the season of a seed, before its first day."""
    found = Season(OracleSite(World(), FakeClock()), length)
    for number, mode in enumerate(MODES):
        plan = length.plan
        blocked = [*_incidents(plan, length.incidents[mode]), *length.pauses]
        rng, key = Random(f"{seed} {mode}"), f"{number}" * 32
        stage = Stage(found.site, mode.capitalize(), key, rng, 1000 * (number + 1), sorted(blocked))
        found.stages[mode] = stage
        if length.is_quiet:
            threads.quiet(stage, plan)
            threads.streak(stage, plan)
        else:
            write(stage, plan, mode, length.incidents[mode])
        found.site.ledgers[stage.name].observe(EPOCH)
    return found


LASTS = {"short_lie": 2.0, "numbers_lie": 3.0, "account_reset": 2.0, "long_lie": 2.6}


def _incidents(plan: Plan, chosen: Sequence[str]) -> list[tuple[float, float]]:
    """Return the days in which the account is not to be touched."""
    return [(getattr(plan, name) - 0.1, getattr(plan, name) + LASTS[name]) for name in chosen]


def write(stage: Stage, plan: Plan, mode: str, incidents: Sequence[str]) -> None:
    """Write all that happens to one player."""
    threads.crossing(stage, plan, followed=True)
    threads.brief_lies(stage, plan)
    threads.unsettled_unlocks(stage, plan)
    threads.demotion(stage, plan)
    threads.awards(stage, plan, followed=True)
    threads.revision(stage, plan)
    threads.streak(stage, plan)
    threads.events(stage, plan, followed=mode == "listed")
    threads.small_set(stage, plan)
    threads.account_incidents(stage, plan, incidents)
    if mode == "listed":
        threads.crossing(stage, plan, followed=False)
        threads.awards(stage, plan, followed=False)
