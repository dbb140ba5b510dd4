"""Achievements that a player gained between two snapshots of a game. Pure."""

from dataclasses import dataclass

from syncer.core.formats.text import title_or_id
from syncer.core.milestones.changes import NO_UNLOCKS, Contained
from syncer.core.model.progress import GameId, Progress
from syncer.core.model.restoration import NOTHING, Amounts


@dataclass(frozen=True, slots=True)
class Change:
    """Two consecutive snapshots of one game. `award`: the highest award in the listing.

    `after_gap`: between their polls the account was not polled as promised.
    `restored`: how much of the rise came back after a fall; None: not decided. `contained`: the unlocks,
    where they are known.
    """

    game_id: GameId
    title: str | None
    before: Progress
    after: Progress
    after_gap: bool = False
    award: str | None = None
    restored: Amounts | None = NOTHING
    contained: Contained = NO_UNLOCKS

    @property
    def title_or_id(self) -> str:
        return title_or_id(self.title, self.game_id)


@dataclass(frozen=True, slots=True)
class Gain:
    """The achievements gained by a change. `is_hardcore_upgrade`: unlocked before, now again in hardcore."""

    change: Change
    count: int
    points: int
    is_hardcore_upgrade: bool = False


def gain_from(change: Change) -> Gain | None:
    """Return what the player gained, or None. A set that is back is no gain, nor is what came back."""
    before, after = change.before, change.after
    if not before.num_possible_achievements or not after.num_possible_achievements or change.restored is None:
        return None
    back, points_back, hardcore_back, hardcore_points_back = change.restored
    gained = after.num_achieved - before.num_achieved
    if gained > 0:
        points = after.score_achieved - before.score_achieved - points_back
        return Gain(change, gained - back, points) if gained > back else None
    # Only if no achievement was removed meanwhile: otherwise it is unknown which ones are in hardcore now.
    hardcore = after.num_achieved_hardcore - before.num_achieved_hardcore - hardcore_back
    if hardcore > 0 and gained == 0:
        points = after.score_achieved_hardcore - before.score_achieved_hardcore - hardcore_points_back
        return Gain(change, hardcore, points, is_hardcore_upgrade=True)
    return None


def gained_titles(gain: Gain) -> list[str]:
    """Return the titles of the gained achievements; none where they are not known."""
    contained = gain.change.contained
    unlocks = contained.upgrades if gain.is_hardcore_upgrade else contained.unlocks
    return [unlock.title or f"achievement {unlock.achievement_id}" for unlock in unlocks]


def last_title(change: Change) -> str:
    """Return the title of the last achievement of a change; empty if it is not known."""
    rows = [*change.contained.unlocks, *change.contained.upgrades]
    return max(rows, key=lambda unlock: unlock.unlocked_at).title if rows else ""
