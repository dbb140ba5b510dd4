"""What a player does in a day: as it was recorded or, while too little is, as it is assumed. Pure."""

from dataclasses import dataclass
from datetime import timedelta

MIN_OBSERVED_DAYS = 7.0  # of polls; with fewer, a day more or less of play counts too much
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# Assumed, by the simulated months (python -m benchmarks.polling), in which somebody plays two hours a day.
ASSUMED_PLAY = timedelta(hours=2)
ASSUMED_CHANGES = 12.0  # by play
ASSUMED_REVISIONS = 0.0033  # of one game: 40 a day among 12,000 sets
ASSUMED_RUNS_WITH_CHANGES = 12.0
ASSUMED_SEARCHES, ASSUMED_SEARCHES_PER_GAME = 3.5, 0.0003
ASSUMED_SESSIONS = 2.0
ASSUMED_GAME_READINGS = 5.0  # of unlocks and playtime
ASSUMED_RANKS = 12.0  # of 24 readings, those with another rank than before
ASSUMED_TOTALS = 10.0  # points of the account, as they change with unlocks


@dataclass(frozen=True, slots=True)
class Observed:
    """What was recorded of a player in a period of so many `days` with polls.

    `changes`: of followed games; `changed_runs`: runs that found some; `sessions`: that ended; `played`: how
    long in all; `account_rows`: of its points and rank; `checks`: comparisons of sums with a new result, and
    `differences` those in which they differed; `playtimes`: of games.
    """

    days: float = 0.0
    changes: int = 0
    changed_runs: int = 0
    played: timedelta = timedelta(0)
    sessions: int = 0
    unlocks: int = 0
    account_rows: int = 0
    checks: int = 0
    differences: int = 0
    playtimes: int = 0
    runs: int = 0
    account_polls: int = 0


NOTHING_OBSERVED = Observed()


@dataclass(frozen=True, slots=True)
class Habits:
    """What happens in a day. `searches`: differences of the points that are searched for."""

    play: timedelta
    sessions: float
    changes: float
    changed_runs: float
    unlocks: float
    account_rows: float
    searches: float
    checks: float
    playtimes: float
    account_polls: float = 0.0
    is_assumed: bool = False


def habits(observed: Observed, games: int, *, sessions: bool = True, rank: bool = True) -> Habits:
    """Return what happens in a day. `games`: that are followed. `sessions`, `rank`: these are recorded."""
    if observed.days < MIN_OBSERVED_DAYS:
        return _assumed(games, sessions=sessions, rank=rank)
    o, days = observed, observed.days
    return Habits(
        # Without sessions there is nothing by which play could be known.
        o.played / days if sessions else ASSUMED_PLAY,
        *(o.sessions / days, o.changes / days, o.changed_runs / days, o.unlocks / days),
        *(o.account_rows / days, o.differences / days, o.checks / days, o.playtimes / days),
        o.account_polls / days,
    )


def _assumed(games: int, *, sessions: bool, rank: bool) -> Habits:
    searches = ASSUMED_SEARCHES + ASSUMED_SEARCHES_PER_GAME * games
    return Habits(
        ASSUMED_PLAY,
        ASSUMED_SESSIONS if sessions else 0.0,
        ASSUMED_CHANGES + ASSUMED_REVISIONS * games,
        ASSUMED_RUNS_WITH_CHANGES,
        ASSUMED_CHANGES,
        ASSUMED_TOTALS + (ASSUMED_RANKS if rank else 0.0),
        searches,
        2 * searches,  # one row for the difference, and one for the agreement after it
        ASSUMED_GAME_READINGS,
        is_assumed=True,
    )
