"""Before the call: which targets are due, and which ids travel together."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from syncer.core.clock import truncate_to_ms
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.core.model.schedule import Schedule

MAX_BACKOFF = timedelta(hours=6)


def is_due(target: Target, now: datetime, schedule: Schedule) -> bool:
    """Due, or promised for later than any rule of ours promises: then the clock was wrong."""
    longest = max(schedule.longest, MAX_BACKOFF) if target.failures else schedule.longest
    return target.due_at <= now or target.due_at > now + longest


def select_targets(
    targets: Sequence[Target],
    now: datetime,
    schedule: Schedule,
    only_due: bool,
    interrupted: datetime | None = None,
) -> list[Target]:
    """What a run asks about: all, or what is due.

    After a run that was `interrupted` (when it began), what it has looked at and is not due again stays out.
    """
    if only_due:
        return [t for t in targets if is_due(t, now, schedule)]
    if interrupted is None:
        return list(targets)
    promised = truncate_to_ms(schedule.next(interrupted))  # by any look of that run
    seen = {t.game_id for t in targets if t.expected_at and promised <= t.expected_at}
    return [t for t in targets if t.game_id not in seen or is_due(t, now, schedule)]


def by_due_date(targets: Iterable[Target]) -> list[Target]:
    return sorted(targets, key=lambda t: (t.due_at, t.game_id))


def split_ids(game_ids: Sequence[GameId], max_ids: int, id_bytes: int) -> list[tuple[GameId, ...]]:
    """The ids in order, in portions of at most `max_ids` and `id_bytes` of comma-separated text."""
    portions: list[list[GameId]] = []
    room = 0
    for game_id in game_ids:
        size = len(str(game_id)) + 1
        if not portions or len(portions[-1]) >= max_ids or size > room:
            portions.append([])
            room = id_bytes + 1  # the first id has no comma
        portions[-1].append(game_id)
        room -= size
    return [tuple(portion) for portion in portions]


def build_batches(
    targets: Sequence[Target], asked: Sequence[Target], max_ids: int, id_bytes: int
) -> list[tuple[GameId, ...]]:
    """The batches of a run over `asked`, a part of `targets`.

    Targets of n failures travel in batches of `max_ids >> n`, so that a poisonous id ends alone. The last
    batch of healthy ones is filled up with those that are due next: extra ids are free for the site.
    """
    batches: list[tuple[GameId, ...]] = []
    by_misses = sorted(by_due_date(asked), key=lambda t: t.failures)
    for failures, group in groupby(by_misses, key=lambda t: t.failures):
        ids = [t.game_id for t in group]
        if failures == 0:
            ids += _fill_last_batch(targets, asked, room=-len(ids) % max_ids)
            select_targets = split_ids(ids, max_ids, id_bytes)
            batches += select_targets[
                : len(split_ids([t.game_id for t in asked if not t.failures], max_ids, id_bytes))
            ]
        else:
            batches += split_ids(ids, max(1, max_ids >> failures), id_bytes)
    return batches


def _fill_last_batch(targets: Sequence[Target], asked: Sequence[Target], room: int) -> list[GameId]:
    busy = {t.game_id for t in asked}
    spare = by_due_date(t for t in targets if t.failures == 0 and t.game_id not in busy)
    return [t.game_id for t in spare[:room]]


def split_to(waiting: Sequence[tuple[GameId, ...]], max_ids: int) -> list[tuple[GameId, ...]]:
    """The batches in their order, none longer than that."""
    return [batch[n : n + max_ids] for batch in waiting for n in range(0, len(batch), max_ids)]


def bisect(batch: tuple[GameId, ...]) -> list[tuple[GameId, ...]]:
    middle = (len(batch) + 1) // 2
    return [batch[:middle], batch[middle:]]
