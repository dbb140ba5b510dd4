"""The state of a game: mastered, completed, beaten or less, and since when. Pure.

Two sources show it. The site's awards have a date, name the beaten games, and stay when a set is revised. The
numbers show that all achievements are unlocked, also before the site has listed the award and where awards
are not read; when that began is then known from polls only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncer.core.account.awards import award_rank, highest_award
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import Progress


class GameState(StrEnum):
    """What a player has reached in a game, the best one first; the first four are the site's awards."""

    MASTERED = "mastered"  # all achievements in hardcore
    COMPLETED = "completed"  # all achievements, some of them in softcore
    BEATEN_HARDCORE = "beaten-hardcore"
    BEATEN_SOFTCORE = "beaten-softcore"
    IN_PROGRESS = "in-progress"
    NOT_STARTED = "not-started"  # nothing unlocked
    NO_ACHIEVEMENTS = "no-achievements"  # there is nothing to unlock


BEATEN = (GameState.BEATEN_HARDCORE, GameState.BEATEN_SOFTCORE)
STATE_TEXTS = {
    GameState.MASTERED: "mastered",
    GameState.COMPLETED: "completed",
    GameState.BEATEN_HARDCORE: "beaten (hardcore)",
    GameState.BEATEN_SOFTCORE: "beaten (softcore)",
    GameState.IN_PROGRESS: "in progress",
    GameState.NOT_STARTED: "not started",
    GameState.NO_ACHIEVEMENTS: "no achievements",
}


@dataclass(frozen=True, slots=True)
class SeenAward:
    """An award that counts. `awarded_at`: by the site; equal to `first_seen_at` if it sent no date.

    `is_from_start`: the first answer about the player's awards had it, so that it may be years older.
    """

    kind: str
    awarded_at: datetime
    first_seen_at: datetime
    is_from_start: bool = False

    @property
    def is_dated(self) -> bool:
        """Whether the site sent its date."""
        return self.awarded_at != self.first_seen_at


@dataclass(frozen=True, slots=True)
class Milestone:
    """An award that a game got, or all of its achievements.

    `at`: by the site if `is_exact`, else when an answer first showed it; None: before recording began.
    `after`: the last poll that did not show it; None: by the site, or there was none.
    """

    kind: AwardKind
    at: datetime | None
    is_exact: bool = False
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A snapshot of one game: its numbers, and when polls returned them."""

    progress: Progress
    first_seen_at: datetime
    last_seen_at: datetime


def full_kind(progress: Progress) -> AwardKind | None:
    """Return MASTERED or COMPLETED if all achievements are unlocked; None if some are left.

    More can be unlocked than the set has, while the site counts again (site-api.md section 6).
    """
    possible = progress.num_possible_achievements
    if possible and progress.num_achieved_hardcore >= possible:
        return AwardKind.MASTERED
    return AwardKind.COMPLETED if possible and progress.num_achieved >= possible else None


def game_state(progress: Progress | None, award: str | None) -> GameState:
    """Return the state of a game by its newest numbers (None: never polled) and its highest award."""
    kinds = [award] if award_rank(award) is not None else []
    full = full_kind(progress) if progress else None
    if best := highest_award(kind for kind in (*kinds, full) if kind):
        return GameState(best)
    if progress and progress.num_achieved:
        return GameState.IN_PROGRESS
    has_set = progress is None or progress.num_possible_achievements
    return GameState.NOT_STARTED if has_set else GameState.NO_ACHIEVEMENTS


def milestones(awards: Iterable[SeenAward], polls: Sequence[Poll] = ()) -> list[Milestone]:
    """Return what a game has reached, the best kind first, without kinds that this version does not know.

    `awards`: those that are not gone. `polls`: the snapshots, oldest first, of which the last shows whether
    all achievements are unlocked; needed for a kind without an award only.
    """
    found = {m.kind: m for m in map(_of_award, sorted(awards, key=lambda a: a.awarded_at)) if m}
    full = full_kind(polls[-1].progress) if polls else None
    if full and full not in found:
        found[full] = _of_polls(full, polls)
    return sorted(found.values(), key=lambda milestone: -(award_rank(milestone.kind) or 0))


def since(state: GameState, reached: Iterable[Milestone]) -> Milestone | None:
    """Return the milestone that made the state; None if it is no award."""
    return next((milestone for milestone in reached if milestone.kind.value == state.value), None)


def _of_award(award: SeenAward) -> Milestone | None:
    if award_rank(award.kind) is None:
        return None
    is_unknown = award.is_from_start and not award.is_dated
    return Milestone(AwardKind(award.kind), None if is_unknown else award.awarded_at, award.is_dated)


def _of_polls(kind: AwardKind, polls: Sequence[Poll]) -> Milestone:
    """Return since when all polls have shown that all achievements are unlocked."""
    rank = award_rank(kind) or 0
    first: Poll | None = None
    for poll in reversed(polls):
        if (award_rank(full_kind(poll.progress)) or -1) < rank:
            return Milestone(kind, first.first_seen_at if first else None, after=poll.last_seen_at)
        first = poll
    return Milestone(kind, None)
