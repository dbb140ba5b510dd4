"""Read pages of the games played last, with fewer rows where the site takes no more."""

from datetime import datetime

from syncer.core.backfill.unreadable import RECENT_ENDPOINT, UnreadableRows
from syncer.core.errors import InvalidRequest, RequestTooLarge
from syncer.core.model.job import NO_JOB, Job, JobKind, Jobs
from syncer.core.model.play import MAX_RECENT_PER_PAGE, RecentPage
from syncer.core.ports import PlayerStore, ProgressSource
from syncer.core.ratelimit.budget import BATCH_LIMIT_TTL, is_active
from syncer.core.store_retry import with_retries

from .player_resolver import PlayerResolver

PAGE = "games played last"


def recent_rows(jobs: Jobs, now: datetime) -> int:
    """Return how many rows of a page to request: fewer for a week after the site refused more."""
    job = jobs.get(JobKind.RECENT_ROWS, NO_JOB)
    if job.cursor is None or not is_active(job.next_at, now, BATCH_LIMIT_TTL):
        return MAX_RECENT_PER_PAGE
    return int(job.cursor)


class RecentPages:
    """The pages that one run reads.

    `limit`: how many rows the site takes. `rows`: how many were requested last; a page with fewer is the
    last one.
    """

    def __init__(
        self,
        source: ProgressSource,
        players: PlayerStore,
        resolver: PlayerResolver,
        unreadable: UnreadableRows,
    ) -> None:
        self.source, self.players, self.resolver, self.unreadable = source, players, resolver, unreadable
        self.limit = self.rows = MAX_RECENT_PER_PAGE

    def begin(self, jobs: Jobs) -> None:
        """Begin with the number of rows that the site took last."""
        self.limit = recent_rows(jobs, self.resolver.clock.now())

    def read(self, offset: int, rows: int = MAX_RECENT_PER_PAGE) -> RecentPage:
        """Return the page that begins there, with at most so many rows. Raises ApiError."""
        player, self.rows = self.resolver.player, min(rows, self.limit)
        while (page := self._request(offset)) is None:
            self.limit = self.rows = self.rows // 2
            self._keep(Job(next_at=self.resolver.clock.now() + BATCH_LIMIT_TTL, cursor=str(self.rows)))
        # A short page says nothing about the rows behind it: a page with all it can have ends what it lacks.
        is_complete = offset == 0 and (self.rows == self.limit or page.rows < self.rows)
        self.unreadable.record(player, RECENT_ENDPOINT, PAGE, page.unreadable, is_complete=is_complete)
        return page

    def _request(self, offset: int) -> RecentPage | None:
        """Return the page; None: the site takes fewer rows. Raises ApiError."""
        try:
            return self.source.recently_played(self.resolver.player.ulid, offset, self.rows)
        except (RequestTooLarge, InvalidRequest) as error:
            if self.rows == 1:
                self._keep(NO_JOB)  # the number of rows was not the cause
            if self.rows == 1 or isinstance(error, InvalidRequest):
                raise
            return None

    def _keep(self, job: Job) -> None:
        clock, player = self.resolver.clock, self.resolver.player
        with_retries(clock, lambda: self.players.save_job(player, JobKind.RECENT_ROWS, job))
