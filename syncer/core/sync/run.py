"""The heart: one pass over a player. Ask batch by batch, judge, remember."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from syncer.core.backfill.backoff import Rests
from syncer.core.backfill.run import Learner
from syncer.core.backfill.windows import LAG, is_walk_due
from syncer.core.clock import Clock
from syncer.core.errors import (
    ApiError,
    BatchFailure,
    Deferred,
    EmptyAnswer,
    SiteFailure,
    StoreError,
    SyncerError,
    Unauthorized,
    UnknownPlayer,
    UrlTooLong,
)
from syncer.core.events import Announce, BatchFailed, BatchRecorded, Resumed, RunEnded, RunStarted
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import LONG_AGO, GameId
from syncer.core.model.run import RunReport
from syncer.core.ports import Following, Source, Store
from syncer.core.ratelimit import budget as pace
from syncer.core.store_retry import persist

from .batch_recorder import Memory
from .batching import halves, is_due, plan, recut, wanted
from .player_resolver import PROFILE_EVERY, Acquaintance, stale
from .run_report import report_of

FIRST_WAIT = 60.0  # seconds until the first next try
EXTRA_REQUESTS = 32  # how many more requests one run spends on halving batches at fault


@dataclass
class Syncer:
    """Runs over one player. Keeps no state between runs: that is in the store."""

    who: Following
    source: Source
    store: Store
    clock: Clock
    announce: Announce
    dice: Random = field(default_factory=Random)
    check_profile: bool = False  # the daemon's first run asks who the player is, whatever the day
    rests: Rests = field(default_factory=Rests)  # from what the site did not tell
    doubts_after: datetime = LONG_AGO  # when unlocks and numbers are compared next: that costs a moment

    def run_once(self, trigger: str, *, only_due: bool = False) -> RunReport | None:
        """find | plan | open | ask and record | close. None: nothing was due.

        Raises StoreError when the run could not be opened (then nothing was asked) or not be closed.
        """
        started, began = self.clock.now(), self.clock.monotonic()
        player = self.store.find_player(self.who.username, self.who.ulid)
        doubled = player is not None and self.who.is_doubled_by(player)
        targets = self.store.reconcile(player, self.who, started) if player and not doubled else []
        if only_due and player and not doubled and not self._anything_due(player, targets, started):
            return None
        interrupted = self.store.interrupted_since(player) if player else None
        run_id = self.store.open_run(player, trigger, started)
        run = Run(self, run_id, started, player, targets, interrupted)
        self.source.gate.renew_patience()
        report = run.close(run.attempt(only_due))
        self.announce(RunEnded(report, self.clock.monotonic() - began))
        return report

    def next_wake(self) -> datetime | None:
        """When something will be due; None: nothing is known of the player yet. Raises StoreError."""
        player = self.store.find_player(self.who.username, self.who.ulid)
        if player is None:
            return None
        if player.gone_at and player.profile_checked_at:
            return player.profile_checked_at + PROFILE_EVERY
        targets = self.store.reconcile(player, self.who, self.clock.now())
        return min((t.due_at for t in targets), default=None)

    def _anything_due(self, player: Player, targets: Sequence[Target], now: datetime) -> bool:
        if player.gone_at:
            return stale(player, now)
        if not targets:
            return self._may_find_games(player, now)
        return any(is_due(t, now, self.who.schedule) for t in targets)

    def _may_find_games(self, player: Player, now: datetime) -> bool:
        """Whoever follows nothing yet is asked about at the usual pace: no target is due."""
        if not self.who.played or not (self.who.unlocks or is_walk_due(player, now)):
            return False
        last = max(player.walked_at or LONG_AGO, player.unlocks_until or LONG_AGO)
        resting = self.rests.resting("the played games", now) or self.rests.resting("the unlocks", now)
        return not resting and not last <= now < last + self.who.schedule.interval


class Run:
    """One run, from its opened row to its closed one."""

    def __init__(
        self,
        syncer: Syncer,
        run_id: int,
        started: datetime,
        player: Player | None,
        targets: list[Target],
        interrupted: datetime | None = None,
    ) -> None:
        self.syncer, self.who, self.source, self.store = syncer, syncer.who, syncer.source, syncer.store
        self.clock, self.announce = syncer.clock, syncer.announce
        self.run_id, self.targets, self.interrupted = run_id, targets, interrupted
        self.them = Acquaintance(self.who, self.source, self.store, self.clock, self.announce, player)
        self.learner = Learner(self.who, self.source, self.store, self.clock, self.announce, syncer.rests)
        self.memory = Memory(self.who, self.store, self.clock, run_id, started)
        self.requests_before = syncer.source.requests
        self.failures_before = 0
        self.queue: deque[tuple[GameId, ...]] = deque()
        self.pending: list[tuple[tuple[GameId, ...], BatchFailure]] = []
        self.doubted: set[GameId] = set()  # in halves of batches at fault, not yet answered
        self.answered = False
        self.failures = 0
        self.spare = EXTRA_REQUESTS

    # The story

    def attempt(self, only_due: bool) -> SyncerError | None:
        """Do it all; what ended it early, or None."""
        try:
            try:
                self.failures_before = self.source.gate.read().outage_failures
                self.introduce()
                self.discover()
                self.ask_all(self.planned(only_due))
                if self.who.unlocks:
                    self.learn()
            except ApiError as error:
                self.back_off(error)
                return error
        except SyncerError as error:
            return error
        except BaseException:
            self.close(SyncerError("a bug; its traceback is in the log"))
            raise
        return None

    def back_off(self, error: ApiError) -> None:
        """Whatever it was, it is not asked again at once; what has a time of its own keeps that."""
        if not isinstance(error, (Deferred, Unauthorized, UnknownPlayer)):
            if not self.answered:  # the profile may have: that ends no outage of the games
                self.source.gate.apply(pace.remembering(self.failures_before))
            first_wait = error.first_wait if isinstance(error, SiteFailure) else FIRST_WAIT
            self.source.gate.apply(pace.outage(first_wait, self.syncer.dice))

    def introduce(self) -> None:
        them, now = self.them, self.clock.now()
        them.refuse_a_double()
        if them.known is None:
            them.bind(self.run_id)
            self.targets = self.store.reconcile(them.player, self.who, self.clock.now())
        elif them.known.gone_at or self.syncer.check_profile or stale(them.known, now):
            them.renew()
        self.syncer.check_profile = False

    def discover(self) -> None:
        """Games that the listing of played ones adds are asked about in this very run."""
        if self.learner.played_games(self.them.player):
            self.targets = self.store.reconcile(self.them.player, self.who, self.clock.now())

    def learn(self) -> None:
        """When each achievement was unlocked, the games that only this tells of, and what they are called.

        All unlocks name most games, so the rest is asked for in the run after that.
        """
        player, changed, resumed = self.them.player, self.memory.saw_change, self.interrupted is not None
        read = self.learner.unlocks(player, changed=changed, resumed=resumed)
        if read:
            self.ask_all(self.newly_found())
        if not read or player.unlocks_until is not None:
            self.resolve_doubts(player, changed)
            self.learner.titles(player)

    def resolve_doubts(self, player: Player, changed: bool) -> None:
        """Where a number changed, and once an hour: what was unlocked lately is told before it is counted."""
        now, after = self.clock.now(), self.syncer.doubts_after
        if changed or not now < after <= now + LAG:
            self.syncer.doubts_after = now if self.learner.doubts(player) else now + LAG

    def newly_found(self) -> list[tuple[GameId, ...]]:
        """Games that only an unlock told of: small sets stand in no listing."""
        known = {target.game_id for target in self.targets}
        self.targets = self.store.reconcile(self.them.player, self.who, self.clock.now())
        new = [target for target in self.targets if target.game_id not in known]
        max_ids = pace.batch_limit(self.source.gate.read(), self.clock.now(), self.who.batch_size)
        return plan(new, new, max_ids, self.who.id_bytes)

    def planned(self, only_due: bool) -> list[tuple[GameId, ...]]:
        now = self.clock.now()
        asked = wanted(self.targets, now, self.who.schedule, only_due, self.interrupted)
        others = asked if self.interrupted else self.targets
        max_ids = pace.batch_limit(self.source.gate.read(), now, self.who.batch_size)
        batches = plan(others, asked, max_ids, self.who.id_bytes)
        self.announce(RunStarted(self.who.label, len(asked), len(batches), self.resumed(asked, only_due)))
        return batches

    def resumed(self, asked: Sequence[Target], only_due: bool) -> Resumed | None:
        """What an interrupted run has done of this one."""
        if self.interrupted is None or only_due:
            return None
        return Resumed(self.interrupted, len(self.targets) - len(asked))

    def ask_all(self, batches: Sequence[tuple[GameId, ...]]) -> None:
        """Ask each batch; a failed one is judged by a witness: the next batch, or the profile."""
        self.queue.extend(batches)
        while self.queue:
            batch = self.queue.popleft()
            try:
                self.ask(batch)
            except UrlTooLong:
                self.shorten(batch)
            except EmptyAnswer as empty:
                self.them.bear_witness()
                raise SiteFailure("an empty answer, though the player exists", raw=empty.raw) from None
            except BatchFailure as failure:
                self.failures += 1
                self.pending.append((batch, failure))
                if len(self.pending) > 1 or not self.queue:
                    self.them.bear_witness()
                    self.convict()

    def ask(self, batch: tuple[GameId, ...]) -> None:
        answer = self.source.progress(self.them.player.ulid, batch)
        at = answer.at or self.clock.now()
        self.answered = True
        self.doubted.difference_update(batch)
        decisions = self.memory.look(self.them.player, batch, answer, at)
        self.announce(BatchRecorded(self.who.label, at, decisions))
        self.convict()

    # When a batch fails

    def convict(self) -> None:
        """The site answers, so the failed batches are at fault: halve them, or let their targets miss."""
        if self.pending and not self.answered and self.failures >= 3 and self.is_new_trouble():
            self.give_up()
        pending, self.pending = self.pending, []
        for batch, failure in pending:
            self.announce(BatchFailed(self.who.label, batch, failure.why))
            if len(batch) > 1 and self.spare >= 2:
                self.spare -= 2
                self.doubted.update(batch)
                self.queue.extend(halves(batch))
            else:
                self.miss(batch, failure)

    def is_new_trouble(self) -> bool:
        """Whether targets fail that have not failed before; known poison says nothing about the rest."""
        healthy = {t.game_id for t in self.targets if t.misses == 0}
        return any(healthy & set(batch) for batch, _ in self.pending)

    def give_up(self) -> None:
        """Only this question is not answered, whatever the batch. Their targets make room for others."""
        failure = self.pending[-1][1]
        doubted = self.doubted.union(*(batch for batch, _ in self.pending))
        self.miss(tuple(sorted(doubted)), failure)
        raise SiteFailure(failure.why, raw=failure.raw)

    def miss(self, batch: tuple[GameId, ...], failure: BatchFailure) -> None:
        self.doubted.difference_update(batch)
        self.memory.miss(self.them.player, batch, failure)

    def shorten(self, batch: tuple[GameId, ...]) -> None:
        """414: what waits is cut to half that length, too."""
        if len(batch) == 1:
            raise SiteFailure("414: the address is too long, even for one game")
        self.queue = deque(recut([batch, *self.queue], (len(batch) + 1) // 2))

    # The end

    def close(self, error: SyncerError | None) -> RunReport:
        requests = self.source.requests - self.requests_before
        report = report_of(self.who.label, self.run_id, error, self.memory.verdicts, requests)
        try:
            if isinstance(error, ApiError) and error.raw:
                self.store.evidence(self.run_id, self.them.known, error.raw, self.clock.now())
            self._write_end(report, patiently=not isinstance(error, StoreError))
        except StoreError:
            if not isinstance(error, StoreError):
                raise
        return report

    def _write_end(self, report: RunReport, patiently: bool) -> None:
        def write() -> None:
            self.store.close_run(self.run_id, report, self.clock.now())

        if patiently:
            persist(self.clock, write)
        else:
            write()
