"""The heart: one pass over a player. Ask batch by batch, judge, remember."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Protocol

from . import pace
from .clock import Clock
from .decide import CLOCKS_AGREE, FAR_AHEAD, Look, failed, judge
from .errors import (
    ApiError,
    BatchFailure,
    ConfigError,
    Deferred,
    EmptyAnswer,
    SiteFailure,
    Stopped,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreRefused,
    SyncerError,
    UnknownPlayer,
    UrlTooLong,
)
from .events import Announce, BatchFailed, BatchRecorded, RunEnded, RunStarted, Warned
from .model import (
    Answer,
    Decision,
    GameId,
    Judgement,
    Player,
    Profile,
    RunOutcome,
    RunReport,
    Standing,
    Target,
    Verdict,
)
from .plan import halves, is_due, plan
from .schedule import Schedule

Judge = Callable[[Sequence[Standing]], Judgement]
PROFILE_EVERY = timedelta(days=1)
EXTRA_REQUESTS = 32  # how many more requests one run spends on halving batches at fault
STORE_WAITS = (0.5, 2.0, 5.0)  # seconds between attempts to store a look that was made


class Source(Protocol):
    """Where progress is asked for. Each call may raise any ApiError, or Stopped."""

    @property
    def requests(self) -> int:
        """Attempts that left so far."""

    @property
    def gate(self) -> pace.Gate: ...
    def profile(self, user: str) -> Profile: ...
    def progress(self, user: str, game_ids: Sequence[GameId]) -> Answer: ...


class Store(Protocol):
    """Where it is remembered. Each call is one transaction and may raise StoreError."""

    def find_player(self, username: str | None, ulid: str | None) -> Player | None: ...
    def bind(self, run_id: int, who: "Following", profile: Profile, at: datetime) -> Player: ...
    def profile_seen(self, player: Player, profile: Profile | None, at: datetime) -> None:
        """Null profile: the player is gone."""

    def reconcile(self, player: Player, who: "Following", at: datetime) -> list[Target]:
        """Make the targets those of the configuration; the live ones."""

    def open_run(self, player: Player | None, trigger: str, at: datetime) -> int: ...
    def record(
        self,
        run_id: int,
        number: int,
        player: Player,
        game_ids: Sequence[GameId],
        judge: Judge,
        raw: str | None,
    ) -> tuple[Decision, ...]:
        """Judge and store batch `number` of the run; a second call with the same number changes nothing."""

    def evidence(self, run_id: int, player: Player | None, raw: str, at: datetime) -> None: ...
    def close_run(self, run_id: int, report: RunReport, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Following:
    """A configured player, and how to look at it.

    `others`: names and ULIDs of the other configured players, lower case. `id_bytes`: room in the URL.
    """

    username: str | None
    ulid: str | None
    games: tuple[GameId, ...]
    schedule: Schedule
    gap_after: timedelta
    batch_size: int = 100
    id_bytes: int = 1800
    others: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        return self.username or self.ulid or "?"


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

    def run_once(self, trigger: str, *, only_due: bool = False) -> RunReport | None:
        """find | plan | open | ask and record | close. None: nothing was due.

        Raises StoreError when the run could not be opened: then nothing was asked.
        """
        started = self.clock.now()
        player = self.store.find_player(self.who.username, self.who.ulid)
        targets = self.store.reconcile(player, self.who, started) if player else []
        if only_due and player and not self._anything_due(player, targets, started):
            return None
        run_id = self.store.open_run(player, trigger, started)
        run = Run(self, run_id, started, player, targets)
        self.source.gate.renew_patience()
        report = run.close(run.attempt(only_due))
        self.announce(RunEnded(report))
        return report

    def _anything_due(self, player: Player, targets: Sequence[Target], now: datetime) -> bool:
        if player.gone_at:
            return stale(player, now)
        return any(is_due(t, now, self.who.schedule) for t in targets)


def stale(player: Player, now: datetime) -> bool:
    """Whether it is time to ask again who the player is."""
    checked = player.profile_checked_at
    return checked is None or not checked <= now < checked + PROFILE_EVERY


class Run:
    """One run, from its opened row to its closed one."""

    def __init__(
        self, syncer: Syncer, run_id: int, started: datetime, player: Player | None, targets: list[Target]
    ) -> None:
        self.syncer, self.who, self.source, self.store = syncer, syncer.who, syncer.source, syncer.store
        self.clock, self.announce = syncer.clock, syncer.announce
        self.run_id, self.started, self.targets = run_id, started, targets
        self._player = player
        self.requests_before = syncer.source.requests
        self.queue: deque[tuple[GameId, ...]] = deque()
        self.pending: list[tuple[tuple[GameId, ...], BatchFailure]] = []
        self.doubted: set[GameId] = set()  # in halves of batches at fault, not yet answered
        self.answered = False
        self.failures = 0
        self.spare = EXTRA_REQUESTS
        self.recorded = 0
        self.verdicts: Counter[Verdict] = Counter()

    @property
    def player(self) -> Player:
        assert self._player is not None
        return self._player

    # The story

    def attempt(self, only_due: bool) -> SyncerError | None:
        """Do it all; what ended it early, or None."""
        try:
            self.introduce()
            self.ask_all(self.planned(only_due))
        except SiteFailure as failure:
            self.source.gate.apply(pace.outage(failure.first_wait, self.syncer.dice))
            return failure
        except SyncerError as error:
            return error
        return None

    def introduce(self) -> None:
        """Know who the player is: bound once by name, asked by ULID ever after."""
        if self._player is None:
            self._player = self.bind()
            self.targets = self.store.reconcile(self._player, self.who, self.clock.now())
        elif self.player.gone_at or self.syncer.check_profile or stale(self.player, self.clock.now()):
            self.check_profile()
        self.syncer.check_profile = False

    def planned(self, only_due: bool) -> list[tuple[GameId, ...]]:
        now = self.clock.now()
        asked = [t for t in self.targets if not only_due or is_due(t, now, self.who.schedule)]
        max_ids = pace.batch_limit(self.source.gate.read(), now, self.who.batch_size)
        batches = plan(self.targets, asked, max_ids, self.who.id_bytes)
        self.announce(RunStarted(self.who.label, len(asked), len(batches)))
        return batches

    def ask_all(self, batches: Sequence[tuple[GameId, ...]]) -> None:
        """Ask each batch; a failed one is judged by a witness: the next batch, or the profile."""
        self.queue.extend(batches)
        while self.queue:
            batch = self.queue.popleft()
            try:
                answer = self.source.progress(self.player.ulid, batch)
            except UrlTooLong:
                self.shorten(batch)
            except EmptyAnswer as empty:
                self.call_witness()
                raise SiteFailure("an empty answer, though the player exists", raw=empty.raw) from None
            except BatchFailure as failure:
                self.failures += 1
                self.pending.append((batch, failure))
                if len(self.pending) > 1 or not self.queue:
                    self.call_witness()
                    self.convict()
            else:
                at = self.clock.now()
                self.answered = True
                self.record(batch, answer, at)
                self.convict()

    # Who is the player

    def bind(self) -> Player:
        try:
            profile = self.source.profile(self.who.ulid or self.who.username or "")
        except UnknownPlayer:
            raise ConfigError(
                f"RetroAchievements knows no player {self.who.label}",
                hint="Correct the name in [[players]], then try: syncer sync",
            ) from None
        except BatchFailure as failure:
            raise SiteFailure(failure.why, raw=failure.raw) from None
        self.refuse_wrong_clock(profile)
        return self.store.bind(self.run_id, self.who, profile, self.clock.now())

    def check_profile(self) -> None:
        """Names change; a profile that does not answer now can be asked tomorrow."""
        try:
            profile = self.source.profile(self.player.ulid)
            self.refuse_wrong_clock(profile)
            self.store.profile_seen(self.player, profile, self.clock.now())
            self.warn_of_a_stranger(profile)
        except UnknownPlayer:
            self.gone()
        except BatchFailure as failure:
            if self.player.gone_at:  # then there is nothing else to ask
                raise SiteFailure(failure.why, raw=failure.raw) from None
            self.announce(Warned(self.who.label, f"the profile was not read: {failure.why}"))

    def warn_of_a_stranger(self, profile: Profile) -> None:
        """A released name may belong to somebody else by now (ra-api.md section 3)."""
        name = self.who.username
        if name is None or name.lower() == profile.username.lower():
            return
        try:
            now_answers = self.source.profile(name).ulid
        except UnknownPlayer:
            now_answers = ""
        if now_answers != profile.ulid:
            what = f'the name {name} is no longer theirs ({profile.username}); write ulid = "{profile.ulid}"'
            self.announce(Warned(self.who.label, what))

    def refuse_wrong_clock(self, profile: Profile) -> None:
        if profile.date and abs(profile.date - self.clock.now()) > FAR_AHEAD:
            raise SiteFailure(
                "our clock and the site's are more than a day apart", hint="Set the machine's clock."
            )

    def gone(self) -> None:
        self.store.profile_seen(self.player, None, self.clock.now())
        raise UnknownPlayer(f"{self.who.label} is no longer known to the site; what was stored is kept")

    # When a batch fails

    def call_witness(self) -> None:
        """Ask for the profile. Raises SiteFailure if that fails too: then no target is to blame."""
        try:
            self.source.profile(self.player.ulid)
        except UnknownPlayer:
            self.gone()
        except BatchFailure as failure:
            raise SiteFailure(failure.why, raw=failure.raw) from None

    def convict(self) -> None:
        """The site answers, so the failed batches are at fault: halve them, or let their targets miss."""
        if self.pending and not self.answered and self.failures >= 3:
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

    def give_up(self) -> None:
        """Only this question is not answered, whatever the batch. Their targets make room for others."""
        failure = self.pending[-1][1]
        doubted = self.doubted.union(*(batch for batch, _ in self.pending))
        self.miss(tuple(sorted(doubted)), failure)
        raise SiteFailure(failure.why, raw=failure.raw)

    def shorten(self, batch: tuple[GameId, ...]) -> None:
        if len(batch) == 1:
            raise SiteFailure("414: the address is too long, even for one game")
        self.queue.extendleft(reversed(halves(batch)))

    # Remembering

    def look(self, at: datetime) -> Look:
        return Look(at, self.started, self.who.schedule, self.who.gap_after)

    def record(self, batch: tuple[GameId, ...], answer: Answer, at: datetime) -> None:
        self.doubted.difference_update(batch)
        decisions = self.keep(batch, lambda standings: judge(standings, answer, self.look(at)))
        if not decisions:
            self.clock_is_wrong(answer, at)
        self.announce(BatchRecorded(self.who.label, at, decisions))

    def miss(self, batch: tuple[GameId, ...], failure: BatchFailure) -> None:
        self.doubted.difference_update(batch)
        self.keep(batch, partial(failed, look=self.look(self.clock.now())), failure.raw)

    def keep(self, batch: tuple[GameId, ...], judged: Judge, raw: str | None = None) -> tuple[Decision, ...]:
        """A look that was made is never lost for a passing fault of the database."""
        number = self.recorded + 1
        for wait in (*STORE_WAITS, None):
            try:
                decisions = self.store.record(self.run_id, number, self.player, batch, judged, raw)
                break
            except (StoreDamaged, StoreRefused):
                raise
            except StoreError:
                if wait is None:
                    raise
                self.clock.wait(wait)
        self.recorded = number
        self.verdicts.update(d.verdict for d in decisions)
        return decisions

    def clock_is_wrong(self, answer: Answer, at: datetime) -> None:
        told = f", the site says {answer.date:%Y-%m-%d %H:%M}" if answer.date else ""
        apart = answer.date is None or abs(answer.date - at) > CLOCKS_AGREE
        hint = "Set the machine's clock; it heals by itself then." if apart else "It heals by itself."
        raise SiteFailure(f"the clock cannot be right: it says {at:%Y-%m-%d %H:%M} UTC{told}", hint=hint)

    # The end

    def close(self, error: SyncerError | None) -> RunReport:
        report = self.report(error)
        try:
            if isinstance(error, ApiError) and error.raw:
                self.store.evidence(self.run_id, self._player, error.raw, self.clock.now())
            self.store.close_run(self.run_id, report, self.clock.now())
        except StoreError:
            if not isinstance(error, StoreError):
                raise
        return report

    def report(self, error: SyncerError | None) -> RunReport:
        seen = sum(n for verdict, n in self.verdicts.items() if verdict.believed)
        asked = sum(self.verdicts.values())
        outcome, code = outcome_of(error, complete=seen == asked)
        return RunReport(
            self.who.label,
            outcome,
            code,
            self.run_id,
            asked,
            seen,
            seen - self.verdicts[Verdict.SAME],
            self.source.requests - self.requests_before,
            error.why if error else "",
            error.hint if error else "",
            dict(self.verdicts),
        )


def outcome_of(error: SyncerError | None, complete: bool) -> tuple[RunOutcome, int]:
    """design.md section 6, in one place."""
    if error is None:
        return (RunOutcome.OK, 0) if complete else (RunOutcome.PARTIAL, 3)
    if isinstance(error, Stopped):
        return RunOutcome.INTERRUPTED, error.exit_code
    if isinstance(error, (Deferred, StoreBusy)):
        return RunOutcome.DEFERRED, error.exit_code
    return RunOutcome.FAILED, error.exit_code
