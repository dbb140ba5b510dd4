"""Rules of awards: which are new, which are missing, and which are gone. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from syncer.core.model.account import Award, ListedAward, StoredAward
from syncer.core.model.library import AwardKind

RANKS = {kind.value: rank for rank, kind in enumerate(reversed(AwardKind))}  # the lowest kind is 0


def award_rank(kind: str | None) -> int | None:
    """Return the place of a kind, the lowest one first; None: this version does not know it."""
    return RANKS.get(kind or "")


def highest_award(kinds: Iterable[str]) -> str | None:
    """Return the highest kind. One that this version does not know is below all others."""
    return max(kinds, key=lambda kind: (RANKS.get(kind, -1), kind), default=None)


def compare_awards(
    stored: Sequence[StoredAward], listed: Sequence[ListedAward], at: datetime, *, proves: bool
) -> list[StoredAward]:
    """Return the awards that an answer adds or changes, as they are to be stored.

    `listed`: every game of the answer, which names only the highest award of each. `proves`: the answer is
    about one game; of complete listings it takes two that name less before an award is gone.
    """
    by_game: dict[int, list[StoredAward]] = {}
    for row in stored:
        by_game.setdefault(row.award.game_id, []).append(row)
    known = set(stored)
    changed = (row for one in listed for row in _compare_game(by_game.get(one.game_id, []), one, at, proves))
    return [row for row in changed if row not in known]


def _compare_game(
    stored: Sequence[StoredAward], listed: ListedAward, at: datetime, proves: bool
) -> Iterator[StoredAward]:
    """Yield the awards of one game, each as the answer leaves it."""
    named = _named(stored, listed, at)
    if named:
        yield StoredAward(named)
    for row in stored:
        if row.award != named and row.gone_at is None:
            yield _compare_other(row, named, at, proves)


def _named(stored: Sequence[StoredAward], listed: ListedAward, at: datetime) -> Award | None:
    """Return the award that the answer names. Without a date it is the one that is stored, or a new one."""
    if listed.kind is None:
        return None
    if listed.awarded_at:
        return Award(listed.game_id, listed.kind, listed.awarded_at)
    same_kind = [row.award for row in stored if row.award.kind == listed.kind and row.gone_at is None]
    return same_kind[0] if same_kind else Award(listed.game_id, listed.kind, at)


def _compare_other(row: StoredAward, named: Award | None, at: datetime, proves: bool) -> StoredAward:
    """Return another award of the same game, as the answer shows it."""
    if named and row.award.kind == named.kind:
        return replace(row, gone_at=at)  # the date was corrected, or it was lost and earned again
    if named and not _is_higher(row.award.kind, named.kind):
        return replace(row, missing_since=None)  # hidden by the higher one: unknown, not gone
    if proves or (row.missing_since and row.missing_since < at):
        return replace(row, missing_since=row.missing_since or at, gone_at=at)
    return replace(row, missing_since=row.missing_since or at)


def _is_higher(kind: str, other: str) -> bool:
    """Return whether one kind is above the other; False where this version does not know both."""
    mine, its = award_rank(kind), award_rank(other)
    return mine is not None and its is not None and mine > its
