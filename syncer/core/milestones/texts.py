"""A change in the words of players. Pure."""

from syncer.core.model.library import AwardKind
from syncer.core.model.progress import Progress

from .states import STATE_TEXTS, GameState

CHANGE_TEXTS = {  # by the kind of the view progress_changes
    "baseline": "first poll",
    "resumed": "unchanged",
    "gone": "set removed",
    "returned": "set returned",
    "reset": "progress reset",
    "demoted": "demoted",
    "set_revised": "set revised",
    "unlock": "unlocked",
    "hardcore_upgrade": "unlocked in hardcore",
    "reweighted": "points revised",
    "restored": "came back",
    "unconfirmed": "not confirmed yet",
}
OF_PLAYER = ("unlock", "hardcore_upgrade")  # kinds that an award replaces
AWARD_TEXTS = {kind: STATE_TEXTS[GameState(kind)] for kind in AwardKind}


def revision_text(possible_before: int, possible: int) -> str:
    """Return the revision of a set: 34 -> 35 achievements; empty if their number is the same."""
    return f"{possible_before:,} -> {possible:,} achievements" if possible_before != possible else ""


def change_text(kind: str, before: Progress | None, after: Progress, award: str | None = None) -> str:
    """Return what changed: mastered, or set revised: 34 -> 35 achievements. `before` None: a first poll.

    A kind or award that this version does not know keeps its own word.
    """
    text = CHANGE_TEXTS.get(kind, kind)
    counts = (before or after).num_possible_achievements, after.num_possible_achievements
    if all(counts) and (revision := revision_text(*counts)):
        text = f"{text}: {revision}"
    if award is None:
        return text
    reached = AWARD_TEXTS[AwardKind(award)] if award in AWARD_TEXTS else award
    return reached if kind in OF_PLAYER else f"{reached}; {text}"
