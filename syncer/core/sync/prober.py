"""Probe: read the games that were played last, which are polls of those that are followed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from syncer.core.backfill.unreadable import UnreadableRows
from syncer.core.errors import REQUEST_FAILURES, PlayerNotFound, SiteUnavailable
from syncer.core.events import BatchRecorded, EventHandler, WarningRaised
from syncer.core.model.account import NO_POINTS
from syncer.core.model.decision import RecentRows
from syncer.core.model.job import NO_JOB, Job, JobKind, Jobs
from syncer.core.model.play import RecentGame, RecentPage
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.polling.policy import (
    WHOLE_PAGES_PER_RUN,
    WHOLE_PART_EVERY,
    after_failed_probe,
    after_polls,
    after_probe,
    after_whole_page,
)
from syncer.core.polling.sessions import is_page_full, is_playing
from syncer.core.ports import PlayerStore, ProgressSource, TrackedPlayer
from syncer.core.store_retry import with_retries

from .batch_recorder import BatchRecorder
from .plan import PlayerState
from .player_resolver import PlayerResolver
from .recent_pages import RecentPages

Read = TypeVar("Read")
MAX_PAGES = 5  # of one probe


class Prober:
    """The prober of one run. `has_probed`: the run probes.

    `has_failed`: the list could not be read, though the site answers.
    """

    def __init__(
        self,
        tracked: TrackedPlayer,
        source: ProgressSource,
        players: PlayerStore,
        resolver: PlayerResolver,
        recorder: BatchRecorder,
        unreadable: UnreadableRows,
        announce: EventHandler,
    ) -> None:
        self.tracked, self.source, self.players, self.resolver = tracked, source, players, resolver
        self.recorder, self.announce = recorder, announce
        self.pages = RecentPages(source, players, resolver, unreadable)
        self.has_probed, self.has_failed = False, False
        self.newest_ids: set[GameId] = set()  # of the page that was read before
        self.waiting: frozenset[GameId] = frozenset()  # games of a mass drop: another request confirms them

    def probe(self, state: PlayerState, *, rows: int, whole: bool) -> None:
        """Read what was played since the probe before and, with `whole`, some of all that was ever played.

        `rows`: of the first page; where all of them are new, it is read again with the most. Raises
        ApiError, but not where this list alone fails: that is a warning.
        """
        self.has_probed = True
        targets, jobs = state.targets, state.jobs
        self.waiting = state.drop.waiting if state.drop else frozenset()
        before = jobs.get(JobKind.PROBE, NO_JOB)
        self.pages.begin(jobs)
        page = self._tolerate(lambda: self._first_page(before, rows, targets))
        if page is None:
            self._save(jobs, partial(after_failed_probe, promise=self.recorder.promise))
            return
        if self._is_full(page, before):
            self._read_further(page, state, before)
        else:
            self._record_newest(page, targets, before)
        if whole:
            self._read_whole(targets, jobs)

    def _tolerate(self, read: Callable[[], Read]) -> Read | None:
        """Return what was read; None: it failed, though the site answers. Raises ApiError if it does not."""
        try:
            return read()
        except REQUEST_FAILURES as failure:
            self.resolver.probe_site()  # raises where the site is at fault
            self.has_failed = True
            text = f"the games played last were not read: {failure.message}"
            self.announce(WarningRaised(self.tracked.label, text))
            return None

    def follow_play(self, jobs: Jobs) -> None:
        """Let runs that poll all targets come earlier while the player plays."""
        if self.recorder.rose or jobs.get(JobKind.PROBE, NO_JOB).next_at:
            self._save(jobs, partial(after_polls, rose=self.recorder.rose))

    def _save(self, jobs: Jobs, after: Callable[[TrackedPlayer, Job, datetime], Job]) -> None:
        self._store(after(self.tracked, jobs.get(JobKind.PROBE, NO_JOB), self.resolver.clock.now()))

    def _store(self, job: Job) -> None:
        clock, player = self.resolver.clock, self.resolver.player
        with_retries(clock, lambda: self.players.save_job(player, JobKind.PROBE, job))

    def _first_page(self, before: Job, rows: int, targets: tuple[Target, ...]) -> RecentPage:
        page = self.pages.read(0, rows)
        if self.pages.rows < self.pages.limit and self._is_full(page, before):
            self._record_part(page, targets, before)  # the longer page may fail
            # Not the rows behind: games of one moment have no order that two requests share.
            page = self.pages.read(0)
        if not page.rows:
            self._require_none(before)
        return page

    def _record_newest(self, page: RecentPage, targets: tuple[Target, ...], before: Job) -> None:
        """Record a page that holds all that was played since the probe before, and that the probe is done."""
        self.newest_ids = {row.game_id for row in page.games}
        recent, at, plays = self._recent(page, before), self._at(page), self._plays(page)
        done = partial(after_probe, self.tracked, self.recorder.promise, at, page.rows)
        self.record(recent, targets, at, lambda rose: {JobKind.PROBE: done(plays=plays or rose)})

    def _read_further(self, newest: RecentPage, state: PlayerState, before: Job) -> None:
        """Read on while every row was played since the probe before; each page is stored by itself.

        Only then is the probe done: where a page fails, the next probe reads all of them again.
        """
        self.newest_ids = {row.game_id for row in newest.games}
        page: RecentPage | None = newest
        self._record_part(newest, state.targets, before)
        number, offset = 0, 0
        while page and self._is_full(page, before) and (number := number + 1) < MAX_PAGES:
            offset += page.rows
            page = self._tolerate(partial(self.pages.read, offset))
            if page:
                self._record_part(page, state.targets, before)
        if page is None:
            self._save(state.jobs, partial(after_failed_probe, promise=self.recorder.promise))
            return
        promise, plays = self.recorder.promise, self._plays(newest) or self.recorder.rose
        self._store(after_probe(self.tracked, promise, self._at(newest), newest.rows, plays=plays))

    def _plays(self, page: RecentPage) -> bool:
        return is_playing(page.games, page.date or self._at(page))  # the dates of the rows are the site's

    def _at(self, page: RecentPage) -> datetime:
        return page.at or self.resolver.clock.now()

    def _record_part(self, page: RecentPage, targets: tuple[Target, ...], before: Job) -> None:
        """Record a page that does not end the probe."""
        recent = replace(self._recent(page, before), is_whole=False)
        self.record(recent, targets, self._at(page), lambda rose: {})

    def _recent(self, page: RecentPage, before: Job) -> RecentRows:
        return RecentRows(
            *(_distinct(page), before.last_at, not self._is_full(page, before)),
            keeps_sessions=self.tracked.sessions,
            date=page.date,
            is_proven=not page.rows,
        )

    def _is_full(self, page: RecentPage, before: Job) -> bool:
        return is_page_full(page, before.last_at, self.pages.rows)

    def _read_whole(self, targets: tuple[Target, ...], jobs: Jobs) -> None:
        """Read some pages of all games that were ever played; a later run goes on."""
        job, pause = jobs.get(JobKind.RECENT_WHOLE, NO_JOB), WHOLE_PART_EVERY
        for _ in range(WHOLE_PAGES_PER_RUN):
            offset = int(job.cursor or 0)
            page = self._tolerate(partial(self.pages.read, offset))
            if page is None:
                pause = self.tracked.schedule.interval
                break
            at = self._at(page)
            job = after_whole_page(job, offset, page.rows, at, self.pages.rows)
            if self._is_repeated(page, offset):
                job = Job(at)  # the list has no end that could be reached
            self._record_page(page, targets, job, at)
            if job.cursor is None:
                return
        if job.last_at or self.has_failed:  # the games are known: what is left is not urgent
            self._pause_whole(replace(job, next_at=self.resolver.clock.now() + pause))

    def _is_repeated(self, page: RecentPage, offset: int) -> bool:
        """Return whether the site returned the same games for another page, and warn of it."""
        before, self.newest_ids = self.newest_ids, {row.game_id for row in page.games}
        if not offset or not page.games or not self.newest_ids <= before:
            return False
        text = "the list of all played games repeats itself; it is read again in a month"
        self.announce(WarningRaised(self.tracked.label, text))
        return True

    def _pause_whole(self, job: Job) -> None:
        player = self.resolver.player
        with_retries(self.resolver.clock, lambda: self.players.save_job(player, JobKind.RECENT_WHOLE, job))

    def _record_page(self, page: RecentPage, targets: tuple[Target, ...], job: Job, at: datetime) -> None:
        recent = RecentRows(_distinct(page), None, False, False, is_probe=False)
        self.record(recent, targets, at, lambda rose: {JobKind.RECENT_WHOLE: job})

    def record(
        self,
        recent: RecentRows,
        targets: tuple[Target, ...],
        at: datetime,
        jobs: Callable[[bool], Jobs],
    ) -> None:
        """Follow the games that are new, and record the polls of all that are followed."""
        rows = {row.game_id: row for row in recent.games}
        known = {target.game_id for target in targets}
        new = [row for row in recent.games if row.game_id not in known] if self.tracked.played else []
        followed = known.union(self._follow(new, at)) if new else known
        ids = tuple(game_id for game_id in rows if game_id in followed and game_id not in self.waiting)
        answer = ProgressResponse({game_id: row.progress for game_id, row in rows.items()}, at=at)
        player = self.resolver.player
        decision = self.recorder.record_probe(player, ids, answer, at, recent, jobs)
        self.announce(BatchRecorded(self.tracked.label, at, decision))

    def _require_none(self, before: Job) -> None:
        """Raise the error of an empty answer, unless the points show that the player has played nothing.

        An unknown player reads alike. After a reset of the whole account the points are zero, too.
        """
        try:
            sums = self.source.rank_and_score(self.resolver.player.ulid, with_rank=False).sums
        except PlayerNotFound:
            self.resolver.mark_gone()
        if before.cursor not in (None, "0") and sums != NO_POINTS:
            raise SiteUnavailable("an empty list of games, though the player has played some")

    def _follow(self, new: list[RecentGame], at: datetime) -> list[GameId]:
        player, clock = self.resolver.player, self.resolver.clock
        return with_retries(clock, lambda: self.players.follow(player, [row.info for row in new], at))


def _distinct(page: RecentPage) -> tuple[RecentGame, ...]:
    """Return each game once: the site may repeat one whose date is equal to another's."""
    return tuple({row.game_id: row for row in page.games}.values())
