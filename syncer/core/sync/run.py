"""The heart: one pass over a player. Ask batch by batch, judge, remember."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from syncer.core.backfill.backoff import Backoff
from syncer.core.backfill.run import Backfill
from syncer.core.backfill.windows import COUNT_LAG, library_sync_due
from syncer.core.clock import Clock
from syncer.core.errors import (
    ApiError,
    BatchError,
    Deferred,
    EmptyResponse,
    PlayerNotFound,
    SiteUnavailable,
    StoreError,
    SyncerError,
    Unauthorized,
    UrlTooLong,
)
from syncer.core.events import BatchFailed, BatchRecorded, EventHandler, ResumedRun, RunEnded, RunStarted
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import EPOCH, GameId
from syncer.core.model.run import RunReport
from syncer.core.ports import LibraryStore, PlayerStore, ProgressSource, RunStore, TrackedPlayer
from syncer.core.ratelimit import budget
from syncer.core.store_retry import with_retries

from .batch_recorder import BatchRecorder
from .batching import bisect, build_batches, is_due, select_targets, split_to
from .player_resolver import PROFILE_REFRESH_INTERVAL, PlayerResolver, profile_is_stale
from .run_report import build_report

FIRST_BACKOFF = 60.0  # seconds until the first next try
MAX_EXTRA_REQUESTS = 32  # how many more requests one run spends on halving batches at fault


@dataclass
class PlayerSync:
    """Runs over one player. Keeps no state between runs: that is in the store."""

    tracked: TrackedPlayer
    source: ProgressSource
    players: PlayerStore
    runs: RunStore
    library: LibraryStore
    clock: Clock
    announce: EventHandler
    rng: Random = field(default_factory=Random)
    check_profile: bool = False  # the daemon's first run asks who the player is, whatever the day
    backoff: Backoff = field(default_factory=Backoff)  # from what the site did not tell
    next_mismatch_check_at: datetime = (
        EPOCH  # when unlocks and numbers are compared next: that costs a moment
    )

    def run_once(self, trigger: str, *, only_due: bool = False) -> RunReport | None:
        """find | plan | open | ask and record | close. None: nothing was due.

        Raises StoreError when the run could not be opened (then nothing was asked) or not be closed.
        """
        started, began = self.clock.now(), self.clock.monotonic()
        player = self.players.find_player(self.tracked.username, self.tracked.ulid)
        doubled = player is not None and self.tracked.is_duplicate_of(player)
        targets = self.players.reconcile(player, self.tracked, started) if player and not doubled else []
        if only_due and player and not doubled and not self._anything_due(player, targets, started):
            return None
        interrupted = self.runs.interrupted_run_started_at(player) if player else None
        run_id = self.runs.open_run(player, trigger, started)
        run = SyncRun(self, run_id, started, player, targets, interrupted)
        self.source.limiter.reset_wait_allowance()
        report = run.close(run.execute(only_due))
        self.announce(RunEnded(report, self.clock.monotonic() - began))
        return report

    def next_wake(self) -> datetime | None:
        """When something will be due; None: nothing is known of the player yet. Raises StoreError."""
        player = self.players.find_player(self.tracked.username, self.tracked.ulid)
        if player is None:
            return None
        if player.gone_at and player.profile_checked_at:
            return player.profile_checked_at + PROFILE_REFRESH_INTERVAL
        targets = self.players.reconcile(player, self.tracked, self.clock.now())
        return min((t.due_at for t in targets), default=None)

    def _anything_due(self, player: Player, targets: Sequence[Target], now: datetime) -> bool:
        if player.gone_at:
            return profile_is_stale(player, now)
        if not targets:
            return self._may_find_games(player, now)
        return any(is_due(t, now, self.tracked.schedule) for t in targets)

    def _may_find_games(self, player: Player, now: datetime) -> bool:
        """Whoever follows nothing yet is asked about at the usual pace: no target is due."""
        if not self.tracked.played or not (self.tracked.unlocks or library_sync_due(player, now)):
            return False
        last = max(player.library_synced_at or EPOCH, player.unlocks_synced_until or EPOCH)
        resting = self.backoff.is_active("the played games", now) or self.backoff.is_active(
            "the unlocks", now
        )
        return not resting and not last <= now < last + self.tracked.schedule.interval


class SyncRun:
    """One run, from its opened row to its closed one."""

    def __init__(
        self,
        syncer: PlayerSync,
        run_id: int,
        started: datetime,
        player: Player | None,
        targets: list[Target],
        interrupted: datetime | None = None,
    ) -> None:
        self.syncer, self.tracked, self.source = syncer, syncer.tracked, syncer.source
        self.players, self.runs = syncer.players, syncer.runs
        self.clock, self.announce = syncer.clock, syncer.announce
        self.run_id, self.targets, self.interrupted = run_id, targets, interrupted
        self.resolver = PlayerResolver(
            self.tracked, self.source, self.players, self.clock, self.announce, player
        )
        self.backfiller = Backfill(
            self.tracked, self.source, syncer.library, self.clock, self.announce, syncer.backoff
        )
        self.recorder = BatchRecorder(self.tracked, self.runs, self.clock, run_id, started)
        self.requests_before = syncer.source.requests
        self.outage_failures_at_start = 0
        self.queue: deque[tuple[GameId, ...]] = deque()
        self.failed_batches: list[tuple[tuple[GameId, ...], BatchError]] = []
        self.suspect_games: set[GameId] = set()  # in halves of batches at fault, not yet answered
        self.answered = False
        self.failures = 0
        self.extra_requests_left = MAX_EXTRA_REQUESTS

    # The story

    def execute(self, only_due: bool) -> SyncerError | None:
        """Do it all; what ended it early, or None."""
        try:
            try:
                self.outage_failures_at_start = self.source.limiter.read().outage_failures
                self.resolve_player()
                self.sync_library()
                self.fetch_all(self.plan_batches(only_due))
                if self.tracked.unlocks:
                    self.backfill()
            except ApiError as error:
                self.apply_backoff(error)
                return error
        except SyncerError as error:
            return error
        except BaseException:
            self.close(SyncerError("a bug; its traceback is in the log"))
            raise
        return None

    def apply_backoff(self, error: ApiError) -> None:
        """Whatever it was, it is not asked again at once; what has a time of its own keeps that."""
        if not isinstance(error, (Deferred, Unauthorized, PlayerNotFound)):
            if not self.answered:  # the profile may have: that ends no outage of the games
                self.source.limiter.apply(budget.restore_failure_count(self.outage_failures_at_start))
            first_wait = error.first_wait if isinstance(error, SiteUnavailable) else FIRST_BACKOFF
            self.source.limiter.apply(budget.on_outage(first_wait, self.syncer.rng))

    def resolve_player(self) -> None:
        them, now = self.resolver, self.clock.now()
        them.reject_duplicate()
        if them.known is None:
            them.bind(self.run_id)
            self.targets = self.players.reconcile(them.player, self.tracked, self.clock.now())
        elif them.known.gone_at or self.syncer.check_profile or profile_is_stale(them.known, now):
            them.refresh_profile()
        self.syncer.check_profile = False

    def sync_library(self) -> None:
        """Games that the listing of played ones adds are asked about in this very run."""
        if self.backfiller.sync_library(self.resolver.player):
            self.targets = self.players.reconcile(self.resolver.player, self.tracked, self.clock.now())

    def backfill(self) -> None:
        """When each achievement was unlocked, the games that only this tells of, and what they are called.

        All unlocks name most games, so the rest is asked for in the run after that.
        """
        player, changed, resumed = (
            self.resolver.player,
            self.recorder.saw_change,
            self.interrupted is not None,
        )
        read = self.backfiller.sync_unlocks(player, changed=changed, resumed=resumed)
        if read:
            self.fetch_all(self.plan_new_games())
        if not read or player.unlocks_synced_until is not None:
            self.repair_mismatches(player, changed)
            self.backfiller.fetch_titles(player)

    def repair_mismatches(self, player: Player, changed: bool) -> None:
        """Where a number changed, and once an hour: what was unlocked lately is told before it is counted."""
        now, after = self.clock.now(), self.syncer.next_mismatch_check_at
        if changed or not now < after <= now + COUNT_LAG:
            self.syncer.next_mismatch_check_at = (
                now if self.backfiller.repair_mismatches(player) else now + COUNT_LAG
            )

    def plan_new_games(self) -> list[tuple[GameId, ...]]:
        """Games that only an unlock told of: small sets stand in no listing."""
        known = {target.game_id for target in self.targets}
        self.targets = self.players.reconcile(self.resolver.player, self.tracked, self.clock.now())
        new = [target for target in self.targets if target.game_id not in known]
        max_ids = budget.batch_limit(self.source.limiter.read(), self.clock.now(), self.tracked.batch_size)
        return build_batches(new, new, max_ids, self.tracked.id_bytes)

    def plan_batches(self, only_due: bool) -> list[tuple[GameId, ...]]:
        now = self.clock.now()
        asked = select_targets(self.targets, now, self.tracked.schedule, only_due, self.interrupted)
        others = asked if self.interrupted else self.targets
        max_ids = budget.batch_limit(self.source.limiter.read(), now, self.tracked.batch_size)
        batches = build_batches(others, asked, max_ids, self.tracked.id_bytes)
        self.announce(RunStarted(self.tracked.label, len(asked), len(batches), self.resumed(asked, only_due)))
        return batches

    def resumed(self, asked: Sequence[Target], only_due: bool) -> ResumedRun | None:
        """What an interrupted run has done of this one."""
        if self.interrupted is None or only_due:
            return None
        return ResumedRun(self.interrupted, len(self.targets) - len(asked))

    def fetch_all(self, batches: Sequence[tuple[GameId, ...]]) -> None:
        """Ask each batch; a failed one is judged by a witness: the next batch, or the profile."""
        self.queue.extend(batches)
        while self.queue:
            batch = self.queue.popleft()
            try:
                self.fetch(batch)
            except UrlTooLong:
                self.split_for_url_limit(batch)
            except EmptyResponse as empty:
                self.resolver.probe_site()
                raise SiteUnavailable("an empty answer, though the player exists", raw=empty.raw) from None
            except BatchError as failure:
                self.failures += 1
                self.failed_batches.append((batch, failure))
                if len(self.failed_batches) > 1 or not self.queue:
                    self.resolver.probe_site()
                    self.isolate_failed()

    def fetch(self, batch: tuple[GameId, ...]) -> None:
        answer = self.source.progress(self.resolver.player.ulid, batch)
        at = answer.at or self.clock.now()
        self.answered = True
        self.suspect_games.difference_update(batch)
        decisions = self.recorder.record_response(self.resolver.player, batch, answer, at)
        self.announce(BatchRecorded(self.tracked.label, at, decisions))
        self.isolate_failed()

    # When a batch fails

    def isolate_failed(self) -> None:
        """The site answers, so the failed batches are at fault: halve them, or let their targets miss."""
        if self.failed_batches and not self.answered and self.failures >= 3 and self.has_new_failures():
            self.abort()
        pending, self.failed_batches = self.failed_batches, []
        for batch, failure in pending:
            self.announce(BatchFailed(self.tracked.label, batch, failure.message))
            if len(batch) > 1 and self.extra_requests_left >= 2:
                self.extra_requests_left -= 2
                self.suspect_games.update(batch)
                self.queue.extend(bisect(batch))
            else:
                self.record_miss(batch, failure)

    def has_new_failures(self) -> bool:
        """Whether targets fail that have not failed before; known poison says nothing about the rest."""
        healthy = {t.game_id for t in self.targets if t.failures == 0}
        return any(healthy & set(batch) for batch, _ in self.failed_batches)

    def abort(self) -> None:
        """Only this question is not answered, whatever the batch. Their targets make room for others."""
        failure = self.failed_batches[-1][1]
        doubted = self.suspect_games.union(*(batch for batch, _ in self.failed_batches))
        self.record_miss(tuple(sorted(doubted)), failure)
        raise SiteUnavailable(failure.message, raw=failure.raw)

    def record_miss(self, batch: tuple[GameId, ...], failure: BatchError) -> None:
        self.suspect_games.difference_update(batch)
        self.recorder.record_failure(self.resolver.player, batch, failure)

    def split_for_url_limit(self, batch: tuple[GameId, ...]) -> None:
        """414: what waits is cut to half that length, too."""
        if len(batch) == 1:
            raise SiteUnavailable("414: the address is too long, even for one game")
        self.queue = deque(split_to([batch, *self.queue], (len(batch) + 1) // 2))

    # The end

    def close(self, error: SyncerError | None) -> RunReport:
        requests = self.source.requests - self.requests_before
        report = build_report(self.tracked.label, self.run_id, error, self.recorder.verdicts, requests)
        try:
            if isinstance(error, ApiError) and error.raw:
                self.runs.save_rejected_response(
                    self.run_id, self.resolver.known, error.raw, self.clock.now()
                )
            self._write_end(report, patiently=not isinstance(error, StoreError))
        except StoreError:
            if not isinstance(error, StoreError):
                raise
        return report

    def _write_end(self, report: RunReport, patiently: bool) -> None:
        def write() -> None:
            self.runs.close_run(self.run_id, report, self.clock.now())

        if patiently:
            with_retries(self.clock, write)
        else:
            write()
