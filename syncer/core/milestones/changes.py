"""What a change of a game's numbers contains: the unlocks by name, and the award that it brought. Pure.

The numbers count the unlocks and the stored unlocks name them. Where the two do not fit, no name is given:
the site lists an unlock some time before or after it counts it, an emulator may date one up to two weeks
back, and an unlock that was reset is listed no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.account.awards import award_rank, highest_award
from syncer.core.backfill.windows import COUNT_LAG
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import Progress
from syncer.core.model.restoration import NOTHING, Amounts

from .states import SeenAward, full_kind

SAME_MOMENT = timedelta(minutes=1)  # of an award and the unlock that brought it


@dataclass(frozen=True, slots=True)
class ProgressChange:
    """Two snapshots of one game. `seen_at`: the first poll of the second one.

    `seen_before`: the last poll of the first one. `restored`: how much of a rise came back after a fall;
    None: not decided.
    """

    before: Progress
    after: Progress
    seen_before: datetime
    seen_at: datetime
    restored: Amounts | None = NOTHING


@dataclass(frozen=True, slots=True)
class NamedUnlock:
    """A stored unlock. `visible_after`: an answer that covered it and did not show it yet; None: no such."""

    achievement_id: int
    title: str
    points: int
    hardcore: bool
    unlocked_at: datetime
    gone_at: datetime | None = None
    visible_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contained:
    """The unlocks of a change, oldest first. `upgrades`: unlocked before in softcore, now in hardcore."""

    unlocks: tuple[NamedUnlock, ...] = ()
    upgrades: tuple[NamedUnlock, ...] = ()


NO_UNLOCKS = Contained()


def gained(change: ProgressChange) -> tuple[int, int]:
    """Return how many achievements the change gained, and how many in hardcore; never less than 0.

    A set that is back is no gain, nor is what came back after a fall.
    """
    before, after = change.before, change.after
    if not before.num_possible_achievements or not after.num_possible_achievements or change.restored is None:
        return 0, 0
    back, _, hardcore_back, _ = change.restored
    hardcore = after.num_achieved_hardcore - before.num_achieved_hardcore - hardcore_back
    return max(0, after.num_achieved - before.num_achieved - back), max(0, hardcore)


def contained_unlocks(change: ProgressChange, known: Iterable[NamedUnlock]) -> Contained:
    """Return the unlocks of a change. `known`: all stored unlocks of its game, also those that are gone."""
    count, hardcore = gained(change)
    if not count and not hardcore:
        return NO_UNLOCKS
    stored = [row for row in known if row.gone_at is None or row.gone_at > change.seen_at]
    stored.sort(key=lambda row: (row.unlocked_at, row.hardcore, row.achievement_id))
    first: dict[int, NamedUnlock] = {}
    for row in stored:
        first.setdefault(row.achievement_id, row)
    new = _pick(change, list(first.values()), count, change.after.num_achieved)
    if len(new) < count:
        return NO_UNLOCKS
    in_hardcore = sum(row.hardcore for row in new)
    later = [row for row in stored if row.hardcore and row not in new]
    total = change.after.num_achieved_hardcore - in_hardcore
    return _merge(new, _pick(change, later, hardcore - in_hardcore, total))


def _merge(new: Sequence[NamedUnlock], upgrades: Sequence[NamedUnlock]) -> Contained:
    """Return both; what was unlocked in both modes within the change is one unlock, in hardcore."""
    hardcore, ids = {row.achievement_id: row for row in upgrades}, {row.achievement_id for row in new}
    unlocked = tuple(hardcore.get(row.achievement_id, row) for row in new)
    return Contained(unlocked, tuple(row for row in upgrades if row.achievement_id not in ids))


def _pick(
    change: ProgressChange, rows: Sequence[NamedUnlock], count: int, total: int
) -> Sequence[NamedUnlock]:
    """Return `count` of the rows, which are in the order of their dates; none where they do not fit.

    `total`: how many of the rows the site counts after the change.
    """
    if count <= 0:
        return ()
    dated = [row for row in rows if change.seen_before < row.unlocked_at <= change.seen_at]
    if len(dated) == count:
        return dated
    # Listed before it was counted, or the other way round: then its place in the order decides.
    placed = rows[total - count : total] if len(rows) >= total >= count else ()
    begin, end = change.seen_before - COUNT_LAG, change.seen_at + COUNT_LAG
    if placed and begin < placed[0].unlocked_at and placed[-1].unlocked_at <= end:
        return placed
    late = [row for row in rows if row in dated or _became_visible(change, row)]
    return late if len(late) == count else ()


def _became_visible(change: ProgressChange, row: NamedUnlock) -> bool:
    """Return whether an unlock of an earlier date became visible about when the change did."""
    begin = change.seen_before - COUNT_LAG
    is_earlier = row.unlocked_at <= change.seen_before
    return is_earlier and row.visible_after is not None and begin < row.visible_after <= change.seen_at


def completed_by(before: Progress, after: Progress, restored: Amounts | None) -> AwardKind | None:
    """Return MASTERED or COMPLETED if a change made the game so; None also for what came back."""
    kind, was = full_kind(after), full_kind(before)
    set_is_back = not before.num_possible_achievements
    if (
        kind is None
        or was in (kind, AwardKind.MASTERED)
        or set_is_back
        or _came_back(before, after, restored)
    ):
        return None
    return kind


def _came_back(before: Progress, after: Progress, restored: Amounts | None) -> bool:
    """Return whether a rise is not decided, or came back whole."""
    rises = (
        after.num_achieved - before.num_achieved,
        after.num_achieved_hardcore - before.num_achieved_hardcore,
    )
    if max(rises) <= 0:
        return False
    if restored is None:
        return True
    return all(back >= rise for back, rise in zip(restored[::2], rises, strict=True))


def change_award(
    change: ProgressChange,
    contained: Contained,
    awards: Iterable[SeenAward],
    known: Sequence[NamedUnlock] = (),
) -> AwardKind | None:
    """Return the best award that a change brought, by its numbers or by the awards that are not gone.

    `known`: all stored unlocks of the game.
    """
    found = [completed_by(change.before, change.after, change.restored)]
    if any(gained(change)):
        found += [AwardKind(a.kind) for a in awards if _brought(change, contained, a, known)]
    best = highest_award(kind for kind in found if kind)
    return AwardKind(best) if best else None


def _brought(
    change: ProgressChange, contained: Contained, award: SeenAward, known: Sequence[NamedUnlock]
) -> bool:
    """Return whether the date of an award is that of an unlock that a change contains, or of the change."""
    if award_rank(award.kind) is None or not award.is_dated:
        return False
    named = (*contained.unlocks, *contained.upgrades)
    if any(_is_moment_of(row, award) for row in named):
        return True
    # An unlock that the site counts late belongs to the next change, and so does the award that it brought.
    is_of_another = bool(named) and any(_is_moment_of(row, award) for row in known)
    return change.seen_before < award.awarded_at <= change.seen_at and not is_of_another


def _is_moment_of(unlock: NamedUnlock, award: SeenAward) -> bool:
    return abs(unlock.unlocked_at - award.awarded_at) <= SAME_MOMENT
