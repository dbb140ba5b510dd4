"""Read the account's points, compare them with our sums, and search behind a difference: one run's part."""

from collections.abc import Sequence
from dataclasses import replace

from syncer.core.model.job import NO_JOB, JobKind, Jobs
from syncer.core.model.library import GameList
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.core.ratelimit.budget import batch_limit
from syncer.core.store_retry import with_retries

from .account_check import AccountCheck
from .batch_fetcher import BatchFetcher
from .batching import split_ids
from .context import SyncContext
from .plan import PollPlan, RunPlan
from .player_resolver import PlayerResolver
from .rank_reader import RankReader

SEARCH = "the search for a difference of points"  # what warnings and the backoff call it


class PointsCheck:
    """The check of one run. `differs`: the account's points and our sums do, and it is not known why."""

    def __init__(
        self, context: SyncContext, run_id: int, resolver: PlayerResolver, fetcher: BatchFetcher
    ) -> None:
        c = self.context = context
        self.run_id, self.resolver, self.fetcher = run_id, resolver, fetcher
        self.reader = RankReader(c.tracked, c.source, c.players, resolver)
        self.account = AccountCheck(
            *(c.tracked, c.source, c.polling, c.clock, c.announce),
            *(self._poll, c.tracked.batch_size, self._keep_list),
        )
        self.targets: tuple[Target, ...] = ()
        self.differs = False
        self._is_searching: bool | None = None  # None: nothing was compared

    def read(self, plan: RunPlan) -> None:
        """Read points and rank; compare the points where runs poll a part of the targets. Raises ApiError."""
        points = self.reader.read(self.run_id)
        if plan.sweeps:
            decision = self.account.compare(self.resolver.player, points, self.context.clock.now())
            self.differs, self._is_searching = decision.differs, decision.search is not None

    def postpone(self, jobs: Jobs) -> None:
        """Leave a second check that could not be made to the next run: no run starts for it at once."""
        c, job = self.context, jobs.get(JobKind.CHECK, NO_JOB)
        if job.next_at:
            later = replace(job, next_at=c.clock.now() + c.tracked.schedule.interval)
            with_retries(c.clock, lambda: c.players.save_job(self.resolver.player, JobKind.CHECK, later))

    def search(self, targets: tuple[Target, ...], jobs: Jobs) -> None:
        """Go on with the search that is under way. `jobs`: as of before the comparison. Raises ApiError."""
        c, stored = self.context, jobs.get(JobKind.SEARCH, NO_JOB)
        if not (stored.cursor if self._is_searching is None else self._is_searching):
            return  # most runs search nothing, and need no sums for that
        self.targets = targets
        self.account.size = batch_limit(c.source.limiter.read(), c.clock.now(), c.tracked.batch_size)
        self.account.search(self.resolver.player)

    def _poll(self, ids: Sequence[GameId]) -> None:
        wanted = set(ids)
        polled = tuple(target for target in self.targets if target.game_id in wanted)
        batches = split_ids(ids, max(1, len(ids)), self.context.tracked.id_bytes)
        self.fetcher.fetch_all(PollPlan(self.targets, polled, tuple(batches)))

    def _keep_list(self, console_id: int, games: GameList) -> None:
        """Store the titles that a list has anyway."""
        self.context.titles.save_console_games(console_id, games.games, self.context.clock.now())
