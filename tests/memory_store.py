"""The core's stores in memory: the rules of the database, without one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from syncer.core.errors import StoreError
from syncer.core.library_ports import UnreadableRowStore
from syncer.core.model.account import UNPLANNED, AccountPoll, RankAndScore
from syncer.core.model.decision import (
    BatchDecision,
    Decision,
    RecentRows,
    Rejection,
    RejectionStreak,
    Snapshot,
    TargetState,
    Verdict,
)
from syncer.core.model.job import Job, JobKind, Jobs
from syncer.core.model.library import (
    GameInfo,
)
from syncer.core.model.mass_drop import AccountSums, MassDrop
from syncer.core.model.player import Player, Profile, Target
from syncer.core.model.progress import GameId, Progress
from syncer.core.model.run import RunMark, RunReport
from syncer.core.ports import TrackedPlayer

from .memory_batch import MemoryBatch
from .memory_consistency import MemoryConsistency
from .memory_library import PlayedGameStore
from .memory_rows import MemoryRows


class MemoryStore(PlayedGameStore):
    """The core's stores in dictionaries. `failures`: raised by the next calls of `batch`, in turn."""

    def __init__(self) -> None:
        self.player: Player | None = None
        self.targets: dict[GameId, Target] = {}
        self.snapshots_of: dict[GameId, list[Snapshot]] = {}
        self.streaks: dict[GameId, RejectionStreak] = {}
        self.stored_jobs: dict[JobKind, Job] = {}
        self.probes: list[RecentRows] = []
        self.kept_rows = MemoryRows()
        self.unreadable_rows: UnreadableRowStore = self.kept_rows
        self.interrupted_since: datetime | None = None
        self.consistency = MemoryConsistency(self)
        self.drop: MassDrop | None = None
        self.sums_before: AccountSums | None = None
        self.ranks: list[tuple[RankAndScore, AccountSums, AccountPoll]] = []
        super().__init__()
        self.refused, self.raws = list[Rejection](), list[str]()
        self.runs: dict[int, RunReport | None] = {}
        self.failures: list[StoreError] = []
        self.close_failure: StoreError | None = None
        self.fails_after_commit = False  # then a failure comes after the commit
        self._recorded: set[tuple[int, int]] = set()

    def find_player(self, username: str | None, ulid: str | None) -> Player | None:
        return self.player

    def bind(self, run_id: int, tracked: TrackedPlayer, profile: Profile, at: datetime) -> Player:
        self.player = Player(1, profile.ulid, profile.username, tracked.username, at, added_at=at)
        return self.player

    def save_profile(
        self, player: Player, profile: Profile | None, at: datetime, poll: AccountPoll = UNPLANNED
    ) -> None:
        gone_at = None if profile else player.gone_at or at
        name = profile.username if profile else player.username
        self.player = replace(player, username=name, profile_checked_at=at, gone_at=gone_at)

    def save_rank(
        self, player: Player, answer: RankAndScore, proof: AccountSums, at: datetime, poll: AccountPoll
    ) -> None:
        self.ranks.append((answer, proof, poll))
        self.player = replace(player, rank_read_at=at)

    def reconcile(self, player: Player, tracked: TrackedPlayer, at: datetime) -> list[Target]:
        found = [g for g, t in self.targets.items() if tracked.played and t.source == "played"]
        wanted = dict.fromkeys([*tracked.games, *found])
        self.targets = {g: self.targets.get(g, Target(g)) for g in wanted}
        return list(self.targets.values())

    def targets_of(self, player: Player, ids: Sequence[GameId]) -> list[Target]:
        return [self.targets[game_id] for game_id in sorted(set(ids)) if game_id in self.targets]

    def follow(self, player: Player, games: Sequence[GameInfo], at: datetime) -> list[GameId]:
        self._follow([game.game_id for game in games], at)
        return [game.game_id for game in games]

    def jobs(self, player: Player) -> Jobs:
        return dict(self.stored_jobs)

    def save_job(self, player: Player, kind: JobKind, job: Job) -> None:
        self.stored_jobs[kind] = job

    def newest_run(self, player: Player) -> RunMark | None:
        newest = max(self.runs, default=None)
        recorded = sum(run_id == newest for run_id, _ in self._recorded)
        return RunMark(newest, recorded) if newest else None

    def interrupted_run_started_at(self, player: Player) -> datetime | None:
        return self.interrupted_since

    def open_run(self, player: Player | None, trigger: str, at: datetime) -> int:
        run_id = len(self.runs) + 1
        self.runs[run_id] = None
        return run_id

    @contextmanager
    def batch(
        self, run_id: int, number: int, player: Player, game_ids: Sequence[GameId]
    ) -> Iterator["MemoryBatch"]:
        if (run_id, number) in self._recorded:
            yield MemoryBatch((), is_recorded=True)
            return
        failure = self.failures.pop(0) if self.failures else None
        if failure and not self.fails_after_commit:
            raise failure
        work = MemoryBatch([self.state(game_id) for game_id in game_ids], self._drop_with_waiting())
        yield work
        for decision, raw in work.saved:
            self._write(decision)
            self.raws += [raw] if raw else []
        self._recorded.add((run_id, number))
        if failure:
            raise failure

    def state(self, game_id: GameId) -> TargetState:
        snapshots = self.snapshots_of.get(game_id)
        return TargetState(
            self.targets[game_id], snapshots[-1] if snapshots else None, self.streaks.get(game_id)
        )

    def _write(self, decision: BatchDecision) -> None:
        self.refused += [decision.refused] if decision.refused else []
        if decision.drop:
            self._save_drop(decision.drop)
        self.stored_jobs |= decision.jobs
        self.probes += [decision.recent] if decision.recent else []
        for game_id in decision.quiet:
            self.targets[game_id] = self.targets[game_id]._replace(last_seen_at=decision.at)
            snapshots = self.snapshots_of[game_id]
            snapshots[-1] = replace(snapshots[-1], last_seen_at=decision.at)
        for d in decision.decisions:
            old = self.targets[d.game_id]
            promised = d.promised_seconds or old.promised_seconds
            seen_at = d.at if d.progress else old.last_seen_at
            self.targets[d.game_id] = old._replace(
                due_at=d.due_at, promised_seconds=promised, failures=d.failures, last_seen_at=seen_at
            )
            if d.rejection:
                self._reject(d, d.rejection)
            if d.progress:
                self.streaks.pop(d.game_id, None)  # any accepted poll ends a streak of rejections
                self._accept(d, d.progress)

    def _reject(self, d: Decision, rejection: Rejection) -> None:
        last = self.streaks.get(d.game_id)
        if last and last.id == rejection.streak:
            count = last.poll_count + 1
            self.streaks[d.game_id] = replace(last, last_seen_at=d.at, poll_count=count, raw=rejection.raw)
        else:
            self.streaks[d.game_id] = RejectionStreak(
                last.id + 1 if last else 1, rejection.reason, rejection.raw, d.at, d.at, poll_count=1
            )

    def _accept(self, d: Decision, progress: Progress) -> None:
        snapshots = self.snapshots_of.setdefault(d.game_id, [])
        if d.verdict is Verdict.SAME:
            snapshots[-1] = replace(snapshots[-1], last_seen_at=d.at)
        else:
            snapshots.append(Snapshot(len(snapshots) + 1, progress, d.at))

    def close_run(
        self, run_id: int, report: RunReport, at: datetime, polled_at: datetime | None = None
    ) -> None:
        if self.close_failure:
            raise self.close_failure
        self.runs[run_id] = report
