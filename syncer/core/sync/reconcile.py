"""Before the call: the targets as the configuration wants them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from syncer.core.clock import truncate_to_ms
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.core.model.schedule import Schedule


def reconcile_targets(
    stored: Iterable[Target],
    wanted: Sequence[GameId],
    schedule: Schedule,
    at: datetime,
    *,
    played: bool = False,
) -> list[Target]:
    """All targets, the removed ones too, as they must be from `at` on.

    A removed game keeps its history; one that comes back is due at once and keeps what was expected, so
    that a longer absence shows as a gap. A sooner schedule pulls what is due forward, but no back-off.
    With `played`, those that were found as played stay, whatever the listing says later.
    """
    seconds, soonest = int(schedule.interval.total_seconds()), truncate_to_ms(schedule.next(at))
    follow = set(wanted)
    known = [
        _reconcile_one(t, t.game_id in follow or (played and t.source == "played"), seconds, soonest, at)
        for t in stored
    ]
    old = {t.game_id for t in known}
    return known + [Target(g, at, interval_seconds=seconds) for g in dict.fromkeys(wanted) if g not in old]


def _reconcile_one(target: Target, followed: bool, seconds: int, soonest: datetime, at: datetime) -> Target:
    if not followed:
        return target if target.removed_at else replace(target, removed_at=at)
    if target.removed_at:
        return replace(target, removed_at=None, due_at=at, interval_seconds=seconds)
    if target.interval_seconds != seconds or (target.failures == 0 and target.due_at > soonest):
        return replace(target, due_at=min(target.due_at, soonest), interval_seconds=seconds)
    return target


def active(targets: Iterable[Target]) -> list[Target]:
    return [target for target in targets if target.removed_at is None]
