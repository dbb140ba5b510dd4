"""Reconcile the stored targets with the configuration. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.core.ports import TrackedPlayer


def reconcile_targets(
    stored: Iterable[Target],
    wanted: Sequence[GameId],
    at: datetime,
    *,
    played: bool = False,
) -> list[Target]:
    """Return all targets, the removed ones too, as they are to be stored from `at` on.

    A removed game keeps its history. One that is added again is due at once and keeps its promise, so that
    the time between shows as a gap. With `played`, a target that was found in the library stays, although the
    listing may drop it, unless it turns out to be an event or a hub.
    """
    tracked = set(wanted)
    known = [_reconcile_one(t, t.game_id in tracked or (played and _is_played(t)), at) for t in stored]
    old = {t.game_id for t in known}
    # Each once: a configured game may also be in the library.
    return known + [Target(g) for g in dict.fromkeys(wanted) if g not in old]


def _is_played(target: Target) -> bool:
    return target.source == "played" and not target.is_event


def _reconcile_one(target: Target, is_tracked: bool, at: datetime) -> Target:
    if not is_tracked:
        return target if target.removed_at else target._replace(removed_at=at)
    return target._replace(removed_at=None, due_at=at) if target.removed_at else target


def active(targets: Iterable[Target]) -> list[Target]:
    """Return the targets that are not removed."""
    return [target for target in targets if target.removed_at is None]


def planned_targets(
    tracked: TrackedPlayer, stored: Sequence[Target], listed: Sequence[GameId], now: datetime
) -> tuple[Target, ...]:
    """Return the active targets as the next run will store them. `listed`: played games not stored yet."""
    games = (*tracked.games, *(listed if tracked.played else ()))
    return tuple(active(reconcile_targets(stored, games, now, played=tracked.played)))
