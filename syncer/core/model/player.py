"""Players and their targets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from .account import Measure
from .mass_drop import AccountSums
from .progress import EPOCH, GameId


@dataclass(frozen=True, slots=True)
class Profile:
    """The player behind a name or ULID, by GetUserProfile (site-api.md 5.2). `date`: the Date header.

    `total_points`: in hardcore; `total_softcore_points`: in softcore only; `retro_points`: weighted by how
    rare each hardcore unlock is. None: absent or not readable.
    """

    ulid: str
    username: str
    date: datetime | None = None
    total_points: int | None = None
    total_softcore_points: int | None = None
    retro_points: int | None = None

    @property
    def totals(self) -> dict[Measure, int | None]:
        """The measures that the answer contains."""
        found = {
            Measure.HARDCORE_POINTS: self.total_points,
            Measure.SOFTCORE_POINTS: self.total_softcore_points,
            Measure.RETRO_POINTS: self.retro_points,
        }
        return {measure: value for measure, value in found.items() if value is not None}

    @property
    def sums(self) -> AccountSums | None:
        if self.total_points is None or self.total_softcore_points is None:
            return None
        return AccountSums(self.total_points, self.total_softcore_points)


@dataclass(frozen=True, slots=True)
class Player:
    """A stored player. The ULID is its identity; the name may change.

    `added_at`: tracked since. `library_synced_at`: when the listing of played games was last read completely.
    `unlocks_synced_until`: up to when all unlocks are stored; None: they are to be read from the start.
    `unlocks_resync_at`: when a reading of all unlocks last began because of a difference.
    `profile_due_at`: when a suspect profile is to be read again; None: once a day.
    `unlocks_overlap_read_at`: when unlocks were last read with the long overlap. `rank_read_at`: when the
    rank was, with the account's points. `listing_whole_at`: when all pages of the listing were.
    `account_seen_at`: the newest accepted answer about the player, which promised the next one after
    `account_promised_seconds`.
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
    profile_due_at: datetime | None = None
    unlocks_overlap_read_at: datetime | None = None
    rank_read_at: datetime | None = None
    listing_whole_at: datetime | None = None
    account_seen_at: datetime | None = None
    account_promised_seconds: int | None = None


class Target(NamedTuple):
    """One player's game that is polled. A tuple, because thousands are made of stored rows.

    `due_at`: when it is polled again after a failure, or while it is suspect; None: by its promise.
    `promised_seconds`: from the last accepted poll, which was at `last_seen_at`, to the next one; None: no
    poll was accepted. `failures`: in a row. `removed_at` None: the target is active. `source`: `config`, or
    `played` for a game that the library added. `is_event`: the game is an event or a hub, and no game that is
    played.
    """

    game_id: GameId
    due_at: datetime | None = None
    promised_seconds: int | None = None
    failures: int = 0
    removed_at: datetime | None = None
    source: str = "config"
    last_seen_at: datetime | None = None
    is_event: bool = False

    @property
    def expected_at(self) -> datetime | None:
        """When the last accepted poll promised the next one; None: no poll was accepted."""
        if self.last_seen_at is None or self.promised_seconds is None:
            return None
        return self.last_seen_at + timedelta(seconds=self.promised_seconds)
