"""Select the targets that are due, and put their ids into batches. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from syncer.core.model.player import Target
from syncer.core.model.progress import EPOCH, GameId
from syncer.core.polling.promise import Promise, due_targets, is_due

Batch = tuple[GameId, ...]


def select_targets(
    targets: Sequence[Target],
    now: datetime,
    promise: Promise,
    only_due: bool,
    interrupted: datetime | None = None,
) -> list[Target]:
    """Return the targets that a run polls: all, or those that are due.

    `interrupted`: when an interrupted run began, which this one resumes. What that run has polled is left
    out until it is due again.
    """
    if only_due:
        return due_targets(targets, now, promise)
    if interrupted is None:
        return list(targets)
    polled = {t.game_id for t in targets if t.last_seen_at and interrupted <= t.last_seen_at}
    return [t for t in targets if t.game_id not in polled or is_due(t, now, promise)]


def by_due_date(targets: Iterable[Target]) -> list[Target]:
    """Return the targets, the most overdue one first."""
    return sorted(targets, key=lambda t: (t.due_at or t.expected_at or EPOCH, t.game_id))


def split_ids(game_ids: Sequence[GameId], max_ids: int, id_bytes: int) -> list[Batch]:
    """Return the ids in batches of at most `max_ids` ids and `id_bytes` bytes of comma-separated text."""
    batches: list[list[GameId]] = []
    bytes_left = 0
    for game_id in game_ids:
        size = len(str(game_id)) + 1
        # The second limit is of bytes: the site's proxy answers a long URL with 414 (site-api.md section 7).
        if not batches or len(batches[-1]) >= max_ids or size > bytes_left:
            batches.append([])
            bytes_left = id_bytes + 1  # the first id has no comma
        batches[-1].append(game_id)
        bytes_left -= size
    return [tuple(batch) for batch in batches]


def build_batches(
    targets: Sequence[Target], polled: Sequence[Target], max_ids: int, id_bytes: int
) -> list[Batch]:
    """Return the batches of a run that polls `polled`, a part of `targets`.

    Targets with n failures travel in batches of `max_ids >> n`, so that an id that makes its batch fail ends
    up alone. The last batch of the others is filled with targets that are due next: more ids in a request
    cost the site nothing.
    """
    batches: list[Batch] = []
    # Sorting is stable: within equal failures the most overdue targets come first.
    by_failures = sorted(by_due_date(polled), key=lambda t: t.failures)
    for failures, group in groupby(by_failures, key=lambda t: t.failures):
        ids = [t.game_id for t in group]
        if failures:
            batches += split_ids(ids, max(1, max_ids >> failures), id_bytes)
        else:
            # Ids have different lengths, so fillers may not fit into the last URL: those must add no batch.
            needed = len(split_ids(ids, max_ids, id_bytes))
            fillers = _fill_last_batch(targets, polled, room=-len(ids) % max_ids)
            batches += split_ids(ids + fillers, max_ids, id_bytes)[:needed]
    return batches


def _fill_last_batch(targets: Sequence[Target], polled: Sequence[Target], room: int) -> list[GameId]:
    """Return up to `room` ids of targets that did not fail and are not polled anyway."""
    taken = {t.game_id for t in polled}
    fillers = by_due_date(t for t in targets if t.failures == 0 and t.game_id not in taken)
    return [t.game_id for t in fillers[:room]]


def split_to(batches: Sequence[Batch], max_ids: int) -> list[Batch]:
    """Return the batches in their order, cut to at most `max_ids` ids."""
    return [batch[n : n + max_ids] for batch in batches for n in range(0, len(batch), max_ids)]


def bisect(batch: Batch) -> list[Batch]:
    """Return the two halves of a batch."""
    middle = (len(batch) + 1) // 2
    return [batch[:middle], batch[middle:]]
