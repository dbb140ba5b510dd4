"""Who deserves which award, judged after each change as RAWeb does.

There: app/Platform/Actions/RevalidateAchievementSetBadgeEligibilityAction.php
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from .models import BEATEN, MASTERY, PROGRESSION, WIN_CONDITION, Achievement, Award, Game, Unlock

SMALLEST = 6  # achievements that a set needs to be worth a mastery
Moment = Callable[[Unlock], datetime | None]


def first(unlock: Unlock) -> datetime | None:
    return unlock.at


def hardcore(unlock: Unlock) -> datetime | None:
    return unlock.hardcore_at


def revalidated(awards: Sequence[Award], game: Game, unlocks: Mapping[int, Unlock]) -> list[Award]:
    """One player's awards of one game, as they are after a change of the unlocks or of the set.

    A mastery survives revisions and demotions, and falls with a full reset; a beaten game is one only as
    long as it is beaten (site-api.md section 6). The hardcore award replaces the casual one.
    """
    have = {(award.type, award.hardcore): award for award in awards}
    promoted = game.promoted()
    earned = {a.id: unlocks[a.id] for a in promoted if a.id in unlocks}
    reset = bool(promoted) and not earned
    for mode, moment in ((False, first), (True, hardcore)):
        beaten, mastered = beaten_at(promoted, earned, moment), all_at(promoted, earned, moment)
        if beaten is None:
            have.pop((BEATEN, mode), None)
        else:
            have.setdefault((BEATEN, mode), Award(BEATEN, game.id, mode, beaten))
        if mastered is None and reset:
            have.pop((MASTERY, mode), None)
        elif mastered is not None and len(promoted) >= SMALLEST:
            have.setdefault((MASTERY, mode), Award(MASTERY, game.id, mode, mastered))
    return [award for (type, mode), award in have.items() if mode or (type, True) not in have]


def all_at(needed: Iterable[Achievement], earned: Mapping[int, Unlock], moment: Moment) -> datetime | None:
    """When the last of these was earned; null: not all of them were, or there are none."""
    moments = [moment(earned[a.id]) if a.id in earned else None for a in needed]
    known = [at for at in moments if at is not None]
    return max(known) if known and len(known) == len(moments) else None


def beaten_at(
    promoted: Sequence[Achievement], earned: Mapping[int, Unlock], moment: Moment
) -> datetime | None:
    """All of the progression, and one win condition where there are any."""
    way = [a for a in promoted if a.type == PROGRESSION]
    ends = [a for a in promoted if a.type == WIN_CONDITION]
    walked = all_at(way, earned, moment)
    reached = [at for end in ends if (at := all_at([end], earned, moment)) is not None]
    if (way and walked is None) or (ends and not reached):
        return None
    return max([at for at in (walked, min(reached, default=None)) if at is not None], default=None)
