"""Compare received unlocks with the stored ones: which rows are new, edited, and gone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from syncer.core.model.library import SourcedUnlock, StoredUnlock, Unlock

TOGETHER = timedelta(minutes=10)  # one reading marked both as gone, at most on several pages


@dataclass(frozen=True, slots=True)
class UnlockChanges:
    """What an answer adds, edits or lists again (`updated`), and which rows it proves gone."""

    added: tuple[Unlock, ...]
    updated: tuple[Unlock, ...]
    gone: tuple[StoredUnlock, ...]


def complete_unlocks(
    stored: Sequence[StoredUnlock], received: Sequence[SourcedUnlock]
) -> list[SourcedUnlock]:
    """Return the received unlocks, with what is stored in place of what could not be read."""
    known = {row.achievement_id: row for row in stored}
    known |= {row.achievement_id: row for row in stored if row.gone_at is None}
    unlocks = (_complete(row.unlock, known.get(row.unlock.achievement_id)) for row in received)
    return [replace(row, unlock=unlock) for row, unlock in zip(received, unlocks, strict=True)]


def _complete(unlock: Unlock, row: StoredUnlock | None) -> Unlock:
    if row is None:
        return replace(unlock, points=unlock.points or 0)
    points = row.points if unlock.points is None else unlock.points
    return replace(unlock, points=points, title=unlock.title or row.title)


def compare_unlocks(stored: Sequence[StoredUnlock], received: Sequence[Unlock]) -> UnlockChanges:
    """Return the changes. `stored`: all rows of the received achievements, also those that are gone.

    An achievement has one moment in each mode. Another moment than the stored one means that it was reset and
    earned again, or that the site corrected its date: the old row is gone, and the new one stands beside it.
    """
    listed = {(row.achievement_id, row.hardcore): row for row in received}
    rows = {(row.achievement_id, row.hardcore, row.unlocked_at): row for row in stored}
    added, updated = [], []
    for unlock in listed.values():
        row = rows.get((unlock.achievement_id, unlock.hardcore, unlock.unlocked_at))
        if row is None:
            added.append(unlock)
        elif _differs(unlock, row):
            updated.append(unlock)
            updated += _hidden(row, stored)
    current = [row for row in stored if row.gone_at is None]
    updated += [edited for row in current if (edited := _edited_softcore(row, listed))]
    gone = [row for row in current if _is_disproved(row, listed)]
    return UnlockChanges(tuple(added), tuple(updated), tuple(gone))


def _edited_softcore(row: StoredUnlock, listed: dict[tuple[int, bool], Unlock]) -> Unlock | None:
    """Return a softcore unlock with the facts of its hardcore one, which a list shows alone; None: equal."""
    hardcore = listed.get((row.achievement_id, True))
    if row.hardcore or hardcore is None or (row.achievement_id, False) in listed:
        return None
    edited = _complete(replace(hardcore, hardcore=False, unlocked_at=row.unlocked_at), row)
    return edited if _differs(edited, row) else None


def _hidden(revived: StoredUnlock, stored: Sequence[StoredUnlock]) -> list[Unlock]:
    """Return the softcore unlock that went together with a hardcore one and comes back with it.

    A list shows the hardcore moment alone (site-api.md 5.8), so nothing else would bring the other one back.
    """
    if not revived.hardcore or revived.gone_at is None:
        return []
    softcore = [row for row in stored if row.achievement_id == revived.achievement_id and not row.hardcore]
    if any(row.gone_at is None for row in softcore):
        return []
    with_it = [row for row in softcore if row.gone_at and abs(row.gone_at - revived.gone_at) <= TOGETHER]
    newest = max(with_it, key=lambda row: row.unlocked_at, default=None)
    if newest is None:
        return []
    return [
        Unlock(newest.achievement_id, newest.game_id, newest.title, newest.points, False, newest.unlocked_at)
    ]


def _is_disproved(row: StoredUnlock, listed: dict[tuple[int, bool], Unlock]) -> bool:
    """Return whether the answer lists the achievement in a way that leaves no place for this row.

    A list shows the hardcore moment where there is one (site-api.md 5.8): an achievement that is listed in
    softcore alone has no hardcore unlock any more.
    """
    same = listed.get((row.achievement_id, row.hardcore))
    if same:
        return same.unlocked_at != row.unlocked_at
    return row.hardcore and (row.achievement_id, False) in listed


def _differs(unlock: Unlock, row: StoredUnlock) -> bool:
    received = (unlock.points, unlock.title, unlock.game_id, None)
    return received != (row.points, row.title, row.game_id, row.gone_at)
