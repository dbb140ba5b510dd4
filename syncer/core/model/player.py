"""Players and their targets."""

from dataclasses import dataclass
from datetime import datetime

from .progress import EPOCH, GameId


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a name or ULID is, by GetUserProfile (site-api.md 5.2). `date`: the answer's Date header.

    Points in hardcore, and in casual mode only; null: not told, or not readable.
    """

    ulid: str
    username: str
    date: datetime | None = None
    total_points: int | None = None
    total_softcore_points: int | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """A player that is bound to a row: known by ULID for ever.

    `added_at`: followed since. `library_synced_at`: when the listing of played games was last read whole.
    `unlocks_synced_until`: up to when all unlocks are known; null: they are to be read from the start.
    `unlocks_resync_at`: when they were last found to be lacking, so that all of them are read again.
    """

    id: int
    ulid: str
    username: str
    config_name: str | None
    profile_checked_at: datetime | None = None
    gone_at: datetime | None = None
    added_at: datetime = EPOCH
    library_synced_at: datetime | None = None
    unlocks_synced_until: datetime | None = None
    unlocks_resync_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One player's game that we follow. Null `expected_at`: no believed look yet; `removed_at`: followed."""

    game_id: GameId
    due_at: datetime
    expected_at: datetime | None = None
    failures: int = 0
    interval_seconds: int = 0
    removed_at: datetime | None = None
    source: str = "config"
