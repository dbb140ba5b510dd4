"""What was read last of a player, and where a reading goes on (table player_jobs)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class JobKind(StrEnum):
    """What is read now and then."""

    PROBE = "probe"  # `next_at`: the next one, if it does not come as usual
    CHECK = "check"  # `last_at`: points and rank; `next_at`: the next check after one that differed
    SEARCH = "search"  # `cursor`: where it goes on; `pending`: requests in the day that ends at `next_at`
    CONSOLE_SEARCH = "console_search"  # `last_at`: when the lists of consoles were last searched
    SWEEP = "sweep"  # `last_at`: the time for which the newest request was planned
    PROFILE = "profile"  # `next_at`: when a suspect profile is read again
    LISTING_WHOLE = "listing_whole"  # `last_at`: when all pages of the listing were read
    RECENT_WHOLE = "recent_whole"  # `cursor`: the next page of a reading of all games; `last_at`: its end
    RECENT_ROWS = "recent_rows"  # `cursor`: how many rows of that list the site takes, until `next_at`
    UNLOCK_WINDOW = "unlock_window"  # `last_at`: with the long overlap; `cursor`: what the answers covered
    UNLOCK_WHOLE = "unlock_whole"  # `cursor`: what is left of a reading of all unlocks
    UNLOCK_GAMES = "unlock_games"  # `cursor`: the last readings of games that differed after them
    STREAK_MESSAGE = "streak_message"  # `last_at`: when it was last considered, also below
    RECORD_MESSAGE = "record_message"
    REVIEW_MESSAGE = "review_message"


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job has come. None: never, or nowhere; `next_at` None: by the policy."""

    last_at: datetime | None = None
    next_at: datetime | None = None
    cursor: str | None = None
    pending: int = 0


Jobs: TypeAlias = Mapping[JobKind, Job]
NO_JOB = Job()
