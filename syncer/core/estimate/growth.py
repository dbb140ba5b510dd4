"""How many rows and bytes a year of polling stores. Pure."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from .habits import DAY, Habits

YEAR = timedelta(days=365) / DAY


@dataclass(frozen=True, slots=True)
class RowSize:
    """Bytes per stored row, with its index entries."""

    snapshot: float
    run: float
    account: float = 0.0
    unlock: float = 0.0
    session: float = 0.0
    playtime: float = 0.0
    check: float = 0.0


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of each table."""

    snapshots: float
    runs: float
    account_snapshots: float = 0.0
    account_polls: float = 0.0
    unlocks: float = 0.0
    play_sessions: float = 0.0
    playtime: float = 0.0
    consistency_checks: float = 0.0

    def bytes(self, size: RowSize) -> float:
        """Return how much the rows take in the file."""
        return (
            self.snapshots * size.snapshot
            + self.runs * size.run
            + (self.account_snapshots + self.account_polls) * size.account
            + self.unlocks * size.unlock
            + self.play_sessions * size.session
            + self.playtime * size.playtime
            + self.consistency_checks * size.check
        )

    def times(self, factor: float) -> "Rows":
        return Rows(**{table: count * factor for table, count in asdict(self).items()})


def year_rows(runs_a_day: float, habits: Habits, *, unlocks: bool = True, sessions: bool = True) -> Rows:
    """Return the rows that a year adds. `unlocks`, `sessions`: these are recorded."""
    day = Rows(
        habits.changes,
        runs_a_day,
        habits.account_rows,
        habits.account_polls,
        habits.unlocks if unlocks else 0.0,
        habits.sessions if sessions else 0.0,
        habits.playtimes if sessions or unlocks else 0.0,
        habits.checks,
    )
    return day.times(YEAR)
