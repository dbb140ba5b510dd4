"""The sum check and the search: the account's points beside our sums, and what follows from them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .consistency import NO_CHECKS, CheckHistory, Points, SumCheck


@dataclass(frozen=True, slots=True)
class Search:
    """A search for the game behind a difference of the sums.

    `consoles`: whose lists of games are still to be read; None: not chosen yet. `batches`: how many batches
    were polled after the lists. `is_done`: all was polled, and the next comparison shows what is left.
    """

    begun_at: datetime
    consoles: tuple[int, ...] | None = None
    batches: int = 0
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class SumStatus:
    """What decides whether a difference between the account's points and our sums starts a search.

    `ours`: the points in the newest snapshots of the followed games and, where only some games are followed,
    of the stored unlocks of all others. `search`: the one under way; `search_begun_at`: when the last one
    began. `is_complete` False: some followed game was not polled yet, or the unlocks are not all stored.
    `is_blocked`: an answer about the player is suspect, or a target fails. `lists_read_at`: when a search
    last began to read the lists of consoles. `spent`: the requests of searches in the day (UTC) that ends at
    `spent_until`.
    """

    ours: Points
    history: CheckHistory = NO_CHECKS
    search: Search | None = None
    search_begun_at: datetime | None = None
    is_complete: bool = True
    is_blocked: bool = False
    lists_read_at: datetime | None = None
    spent: int = 0
    spent_until: datetime | None = None


class Outcome(StrEnum):
    """What a comparison of the sums means."""

    INCOMPLETE = "incomplete"  # not everything was polled yet: nothing is compared
    EQUAL = "equal"
    EXPLAINED = "explained"  # they differ by a known residual
    RECHECK = "recheck"  # they differ for the first time
    WAITING = "waiting"  # they differ, and a search is not allowed yet
    SEARCHING = "searching"  # they differ, and a search has begun


@dataclass(frozen=True, slots=True)
class CheckDecision:
    """What follows from a comparison. `check` is stored; None: nothing is compared.

    `next_at`: when the sums are requested again; None: by the usual interval. `search`: the one that is under
    way from now on.
    """

    outcome: Outcome
    check: SumCheck | None = None
    next_at: datetime | None = None
    search: Search | None = None

    @property
    def differs(self) -> bool:
        """Whether the sums differ and it is not known why."""
        return self.outcome in (Outcome.RECHECK, Outcome.WAITING, Outcome.SEARCHING)


@dataclass(frozen=True, slots=True)
class SumReport:
    """What a person should know of the sum check; None: never, or nothing.

    `difference`: of the newest comparison, which was at `checked_at`. `agreed_at`: when the sums last agreed.
    `residual`: the part of the difference that a search did not explain. `searched_at`: when the last search
    began. `search`: the one under way.
    """

    checked_at: datetime
    difference: Points
    agreed_at: datetime | None = None
    residual: Points | None = None
    searched_at: datetime | None = None
    search: Search | None = None
