"""The requests of a day, by kind: those that are fixed, and those that depend on what the player does. Pure.

How often something is read is computed by the rules that a run follows itself.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from syncer.core.account.totals import reads_rank
from syncer.core.backfill.windows import listing_period, page_count, reads_unlocks_in_each_run
from syncer.core.model.schedule import DailySchedule, Schedule
from syncer.core.periodic import DAILY, HOURLY, MONTHLY, time_to_next
from syncer.core.polling.policy import RUNS_BETWEEN_PROBES, can_probe
from syncer.core.polling.promise import Promise
from syncer.core.polling.search import LISTS_INTERVAL
from syncer.core.polling.sessions import MAX_PAUSE
from syncer.core.polling.sweep import sweep_interval
from syncer.core.ports import TrackedPlayer

from .habits import DAY, Habits
from .next_run import recent_pages

# Of the searches, those that the first games do not explain (python -m benchmarks.polling): 0.17 with 1,000
# games, 0.41 with 10,000.
LONG_SEARCHES = 0.33
LISTS_PER_SEARCH = 1.5  # of unlocks: after each comparison of the points that differs


@dataclass(frozen=True, slots=True)
class Library:
    """How many games there are. `targets`: followed; `played`: of these, those that the site lists.

    `batch`: how many ids a request holds. `consoles`: of the followed games. `is_probe_enough`: the games
    that were played last are all that are followed, so that a run which probes polls nothing more.
    """

    targets: int
    played: int = 0
    batch: int = 100
    consoles: int = 0
    is_probe_enough: bool = False

    @property
    def batches(self) -> int:
        """How many requests poll all targets."""
        return -(-self.targets // self.batch)


@dataclass(frozen=True, slots=True)
class FixedRequests:
    """What is sent on a day on which nothing happens. `recent`: the monthly list of all played games."""

    probe: float = 0.0
    check: float = 0.0
    sweep: float = 0.0
    polls: float = 0.0
    profile: float = 0.0
    listing: float = 0.0
    recent: float = 0.0
    unlocks: float = 0.0

    @property
    def total(self) -> float:
        return float(sum(asdict(self).values()))


@dataclass(frozen=True, slots=True)
class ExpectedRequests:
    """What the player adds. `play`: polls while playing; `unlocks`: lists after changes; `search`: of points.

    `games`: unlocks and playtime of single games.
    """

    play: float = 0.0
    unlocks: float = 0.0
    games: float = 0.0
    search: float = 0.0

    @property
    def total(self) -> float:
        return float(sum(asdict(self).values()))


def polls_per_day(schedule: Schedule) -> float:
    """Return how many runs start a day by the schedule."""
    if isinstance(schedule, DailySchedule):
        return float(len(schedule.times))
    return DAY / schedule.interval


def fixed_requests(tracked: TrackedPlayer, promise: Promise, library: Library, at: datetime) -> FixedRequests:
    """Return the requests of a day on which nothing happens. `at`: on that day."""
    schedule, runs, at = tracked.schedule, polls_per_day(tracked.schedule), tracked.schedule.next(at)
    hourly, daily = DAY / time_to_next(at, HOURLY, schedule), DAY / time_to_next(at, DAILY, schedule)
    sweeps, probes = promise.idle_every is not None, _probes(tracked, promise, runs, hourly)
    enough = probes if library.is_probe_enough else 0.0
    return FixedRequests(
        probe=probes,
        check=hourly if reads_rank(tracked) or sweeps else 0.0,
        sweep=_sweeps(promise.idle_every, library) if promise.idle_every else 0.0,
        polls=0.0 if sweeps else library.batches * (runs - enough),
        profile=daily,
        listing=_listing(tracked, library, daily) if tracked.played or tracked.unlocks else 0.0,
        recent=_recent(tracked, library) if tracked.played and can_probe(tracked) else 0.0,
        unlocks=(runs if reads_unlocks_in_each_run(tracked) else daily) if tracked.unlocks else 0.0,
    )


def _probes(tracked: TrackedPlayer, promise: Promise, runs: float, hourly: float) -> float:
    if not can_probe(tracked):
        return 0.0
    if promise.idle_every:
        return runs
    return hourly if tracked.sessions or tracked.played else 0.0


def _sweeps(idle_every: timedelta, library: Library) -> float:
    return DAY / sweep_interval(library.targets, library.batch, idle_every)


def _listing(tracked: TrackedPlayer, library: Library, daily: float) -> float:
    """Return one page in each reading, and all in those of a period that is longer."""
    if not tracked.played:
        return daily
    whole = min(DAY / listing_period(tracked), daily)
    return daily - whole + whole * page_count(library.played)


def _recent(tracked: TrackedPlayer, library: Library) -> float:
    return recent_pages(library.played) * DAY / max(MONTHLY, tracked.schedule.longest)


def expected_requests(
    tracked: TrackedPlayer, promise: Promise, library: Library, habits: Habits
) -> ExpectedRequests:
    """Return what is added on a usual day."""
    # Games that one request holds are polled as often as the points are compared: a search finds little.
    searches = habits.searches if promise.idle_every and library.batches > 1 else 0.0
    runs, sweeps = extra_runs(tracked, habits), promise.idle_every is not None
    # Where each run polls all, one after so many runs probes as well.
    each = 1.0 if sweeps else library.batches + 1 / (RUNS_BETWEEN_PROBES + 1)
    lists = habits.changed_runs + searches * LISTS_PER_SEARCH if tracked.unlocks else 0.0
    return ExpectedRequests(
        runs * each,
        0.0 if reads_unlocks_in_each_run(tracked) else lists,
        habits.playtimes if tracked.sessions or tracked.unlocks else 0.0,
        searches + _searched(searches, library),  # each after a second check
    )


def extra_runs(tracked: TrackedPlayer, habits: Habits) -> float:
    """Return how many runs a day start because of play: it counts for some minutes after its end, too."""
    every, play_every = tracked.schedule.interval, tracked.play_every
    if not can_probe(tracked) or play_every is None or play_every >= every:
        return 0.0
    played = habits.play + habits.sessions * MAX_PAUSE if habits.play else timedelta(0)
    return min(played, DAY) / play_every - min(played, DAY) / every


def _searched(searches: float, library: Library) -> float:
    """Return the requests of the searches: one for the games that may explain a difference alone.

    The others read about half of the batches, or of the consoles if they are fewer. The lists of consoles are
    read at most some times a day.
    """
    if library.batches <= library.consoles or not library.consoles:
        return searches + LONG_SEARCHES * searches * library.batches / 2
    passes = min(searches, DAY / LISTS_INTERVAL)
    long = (passes * library.consoles + (searches - passes) * library.batches) / 2
    return searches + LONG_SEARCHES * long
