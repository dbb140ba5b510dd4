"""A mass drop: many games that fell to 0 achievements in one answer."""

from dataclasses import dataclass, field
from datetime import datetime

from .progress import GameId


@dataclass(frozen=True, slots=True)
class AccountSums:
    """Points of an account or of some games: in hardcore, and in softcore only."""

    hardcore: int
    softcore: int


@dataclass(frozen=True, slots=True)
class DropEvidence:
    """What is known about a mass drop from poll to poll (kept as JSON in `rejections.raw`).

    `games`: the ids of the request that showed it first. `before`: the account's sums before the drop; None:
    unknown. `numbers`: what the newest poll returned for the games that fell; `equal_since`: since when.
    `reported_at`: when a person was last warned of it.
    """

    games: tuple[GameId, ...]
    before: AccountSums | None
    now: AccountSums | None
    numbers: str
    equal_since: datetime
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MassDrop:
    """The newest mass drop of a player that was not disproved. `confirmed_at` None: it stands.

    `waiting`: the games that fell and are not polled while it stands. `lost`: the points that they lost.
    """

    id: int
    first_seen_at: datetime
    last_seen_at: datetime
    poll_count: int
    evidence: DropEvidence
    confirmed_at: datetime | None = None
    waiting: frozenset[GameId] = field(default=frozenset())
    lost: AccountSums = AccountSums(0, 0)

    @property
    def stands(self) -> bool:
        return self.confirmed_at is None


@dataclass(frozen=True, slots=True)
class DropUpdate:
    """What one answer shows of a mass drop. `drop_id` None: it is new.

    `next_poll_at`: when the games that fell are polled again. `warning`: what a person should know.
    """

    at: datetime
    drop_id: int | None
    evidence: DropEvidence
    next_poll_at: datetime
    confirmed: bool = False
    ended: bool = False
    warning: str = ""
