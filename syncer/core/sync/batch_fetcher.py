"""Fetch the batches of a run, and find the targets that make a batch fail.

A batch that fails (5xx, timeout, an answer that cannot be parsed) has two possible causes: the site is down,
or one of its ids makes the request fail. A witness tells them apart: the next batch or, where there is none,
the profile. If the witness fails too, the site is down: the run ends, and no target is blamed. If it is
answered, the failed batch is bisected until the id that fails is alone (binary splitting, as in group
testing): about 2·log2(n) requests for n ids, and a run has a limited number of them. Targets that have
failed before travel in smaller batches (`build_batches`), so the next run isolates what this one did not.
"""

from collections import deque
from collections.abc import Iterable

from syncer.core.clock import Clock
from syncer.core.errors import BatchError, EmptyResponse, RequestTooLarge, SiteUnavailable
from syncer.core.events import BatchFailed, BatchRecorded, EventHandler
from syncer.core.model.progress import GameId
from syncer.core.ports import ProgressSource

from .batch_recorder import BatchRecorder
from .batching import Batch, bisect, split_to
from .plan import PollPlan
from .player_resolver import PlayerResolver

MAX_EXTRA_REQUESTS = 32  # how many more requests one run spends on bisecting failed batches
MAX_UNANSWERED = 3  # so many failed batches, none answered: progress itself is not answered


class BatchFetcher:
    """The fetcher of one run. `answered`: some batch was."""

    def __init__(
        self,
        source: ProgressSource,
        resolver: PlayerResolver,
        recorder: BatchRecorder,
        clock: Clock,
        announce: EventHandler,
    ) -> None:
        self.source, self.resolver, self.recorder = source, resolver, recorder
        self.clock, self.announce = clock, announce
        self.answered = False
        self._queue: deque[Batch] = deque()
        self._failed: list[tuple[Batch, BatchError]] = []  # not judged yet
        self._unconfirmed: set[GameId] = set()  # in halves of failed batches, not answered yet
        self._healthy: set[GameId] = set()  # did not fail in their last poll
        self._failures = 0
        self._extra_requests_left = MAX_EXTRA_REQUESTS

    def fetch_all(self, polls: PollPlan) -> None:
        """Fetch and record each batch. Raises ApiError where the site, not a target, is at fault."""
        self._queue.extend(polls.batches)
        self._healthy = {target.game_id for target in polls.targets if target.failures == 0}
        while self._queue:
            batch = self._queue.popleft()
            try:
                self._fetch(batch)
            except RequestTooLarge:
                self._split_for_size_limit(batch)
            # `[]` can mean that there is no such player (site-api.md section 13, 1): the profile decides.
            except EmptyResponse as empty:
                self.resolver.probe_site()
                raise SiteUnavailable("an empty answer, though the player exists", raw=empty.raw) from None
            except BatchError as failure:
                self._set_aside(batch, failure)

    def _fetch(self, batch: Batch) -> None:
        player = self.resolver.player
        response = self.source.progress(player.ulid, batch)
        at = response.at or self.clock.now()
        self.answered = True
        self._unconfirmed.difference_update(batch)
        decision = self.recorder.record_response(player, batch, response, at)
        self.announce(BatchRecorded(self.recorder.tracked.label, at, decision))
        self._bisect_failed()  # this batch is the witness of those that failed before it

    def _set_aside(self, batch: Batch, failure: BatchError) -> None:
        """Keep a failed batch until there is a witness; two failures in a row need the profile as one."""
        self._failures += 1
        self._failed.append((batch, failure))
        if len(self._failed) > 1 or not self._queue:
            self.resolver.probe_site()
            self._bisect_failed()

    def _bisect_failed(self) -> None:
        """Bisect the failed batches, or record a failure for their targets: the site answers."""
        if self._failures >= MAX_UNANSWERED and not self.answered and self._has_new_failures():
            self._abort()
        failed, self._failed = self._failed, []
        for batch, failure in failed:
            self.announce(BatchFailed(self.recorder.tracked.label, batch, failure.message))
            # Both halves: one of them alone would leave targets without an answer and without a failure.
            if len(batch) > 1 and self._extra_requests_left >= 2:
                self._extra_requests_left -= 2
                self._unconfirmed.update(batch)
                self._queue.extend(bisect(batch))  # at the end: all other batches are polled first
            else:
                self._record_miss(batch, failure, backs_off=len(batch) == 1)

    def _has_new_failures(self) -> bool:
        """Return whether targets fail that did not fail before: only those show a fault of the site."""
        return any(self._healthy & set(batch) for batch, _ in self._failed)

    def _abort(self) -> None:
        """Raise SiteUnavailable: the profile is answered, but progress is not, whatever the batch.

        The targets of the failed batches get a failure, so that the next run begins with others.
        """
        failure = self._failed[-1][1]
        # Also halves that are still in the queue: their targets failed together with the others.
        self._record_miss(sorted(self._unconfirmed.union(*(batch for batch, _ in self._failed))), failure)
        raise SiteUnavailable(failure.message, raw=failure.raw)

    def _record_miss(
        self, game_ids: Iterable[GameId], failure: BatchError, *, backs_off: bool = True
    ) -> None:
        batch = tuple(game_ids)
        self._unconfirmed.difference_update(batch)
        self.recorder.record_failure(self.resolver.player, batch, failure, backs_off=backs_off)

    def _split_for_size_limit(self, batch: Batch) -> None:
        """Cut this batch and those that follow to half its length: the site takes fewer ids (414, 422)."""
        if len(batch) == 1:
            raise SiteUnavailable("414: the address is too long, even for one game")
        self._queue = deque(split_to([batch, *self._queue], (len(batch) + 1) // 2))
