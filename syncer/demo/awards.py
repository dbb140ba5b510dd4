"""The awards of one player and game, computed after each change as RAWeb does.

There: app/Platform/Actions/RevalidateAchievementSetBadgeEligibilityAction.php
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from .models import BEATEN, MASTERY, PROGRESSION, WIN_CONDITION, Achievement, Award, Game, Unlock

MIN_SET_SIZE = 6  # achievements that a set needs for a mastery
MomentOf = Callable[[Unlock], datetime | None]


def first_moment(unlock: Unlock) -> datetime | None:
    return unlock.at


def hardcore_moment(unlock: Unlock) -> datetime | None:
    return unlock.hardcore_at


def revalidated(awards: Sequence[Award], game: Game, unlocks: Mapping[int, Unlock]) -> list[Award]:
    """Return one player's awards of one game after a change of the unlocks or of the set.

    A mastery survives revisions and demotions, and ends with a full reset; a beaten game is one only as
    long as it is beaten (site-api.md section 6). The hardcore award replaces the softcore one.
    """
    current = {(award.type, award.hardcore): award for award in awards}
    promoted = game.promoted()
    earned = {a.id: unlocks[a.id] for a in promoted if a.id in unlocks}
    reset = bool(promoted) and not earned
    for hardcore, moment_of in ((False, first_moment), (True, hardcore_moment)):
        beaten, mastered = beaten_at(promoted, earned, moment_of), all_at(promoted, earned, moment_of)
        if beaten is None:
            current.pop((BEATEN, hardcore), None)
        else:
            current.setdefault((BEATEN, hardcore), Award(BEATEN, game.id, hardcore, beaten))
        if mastered is None and reset:
            current.pop((MASTERY, hardcore), None)
        elif mastered is not None and len(promoted) >= MIN_SET_SIZE:
            current.setdefault((MASTERY, hardcore), Award(MASTERY, game.id, hardcore, mastered))
    # A hardcore award hides the softcore one of the same game.
    return [award for (type, hardcore), award in current.items() if hardcore or (type, True) not in current]


def all_at(
    needed: Iterable[Achievement], earned: Mapping[int, Unlock], moment_of: MomentOf
) -> datetime | None:
    """Return when the last of these was earned; None: not all of them were, or there are none."""
    moments = [moment_of(earned[a.id]) if a.id in earned else None for a in needed]
    known = [at for at in moments if at is not None]
    return max(known) if known and len(known) == len(moments) else None


def beaten_at(
    promoted: Sequence[Achievement], earned: Mapping[int, Unlock], moment_of: MomentOf
) -> datetime | None:
    """Return when all of the progression and one win condition, where there are any, were earned."""
    progression = [a for a in promoted if a.type == PROGRESSION]
    win_conditions = [a for a in promoted if a.type == WIN_CONDITION]
    progressed_at = all_at(progression, earned, moment_of)
    won = [at for a in win_conditions if (at := all_at([a], earned, moment_of)) is not None]
    if (progression and progressed_at is None) or (win_conditions and not won):
        return None
    return max([at for at in (progressed_at, min(won, default=None)) if at is not None], default=None)
