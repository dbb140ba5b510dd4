"""Questions as a person puts them: any number of ids, and an answer that is whole or an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from syncer.core.clock import Clock
from syncer.core.errors import BatchError, EmptyResponse, UrlTooLong
from syncer.core.model.library import MAX_PLAYED_PER_PAGE, CompletionPage, ConsoleInfo, GameInfo, UnlockPage
from syncer.core.model.progress import GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.ratelimit.budget import batch_limit
from syncer.core.sync.batching import split_ids

from .source import ApiSource


@dataclass(frozen=True)
class BatchingClient:
    """Asks a site, long lists in batches: at most `batch_size` ids and `id_bytes` of text in each."""

    site: ApiSource
    clock: Clock
    batch_size: int
    id_bytes: int

    def progress(self, user: str, game_ids: Sequence[GameId]) -> dict[GameId, Progress]:
        """Progress in the order asked; games that the answer leaves out are left out.

        Raises PlayerNotFound, BatchError where a game cannot be read, ValueError for an id that is no
        positive number, any other ApiError.
        """
        if any(type(game_id) is not int or game_id < 1 for game_id in game_ids):
            raise ValueError("game ids are positive whole numbers")
        self.site.limiter.reset_wait_allowance()
        waiting = list(dict.fromkeys(game_ids))
        found: dict[GameId, Progress] = {}
        while waiting:
            batch = self._next_batch(waiting)
            try:
                found |= _parsed(self._ask(user, batch))
            except UrlTooLong:
                if len(batch) == 1:
                    raise
                continue  # the gate remembers that half as many is enough
            del waiting[: len(batch)]
        return {game_id: found[game_id] for game_id in game_ids if game_id in found}

    def completion_progress(
        self, user: str, offset: int = 0, count: int = MAX_PLAYED_PER_PAGE
    ) -> CompletionPage:
        """Raises PlayerNotFound, BatchError where a row cannot be read, ValueError, any other ApiError."""
        self.site.limiter.reset_wait_allowance()
        page = self.site.completion_progress(user, offset, count)
        _require_parsed(page.unreadable)
        if not page.total:
            self.site.profile(user)  # raises PlayerNotFound where that is the reason
        return page

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> UnlockPage:
        """Raises PlayerNotFound, BatchError where a row cannot be read, ValueError, any other ApiError."""
        self.site.limiter.reset_wait_allowance()
        unlocks = self.site.achievements_earned_between(user, start, end)
        _require_parsed(unlocks.unreadable)
        if not unlocks.rows:
            self.site.profile(user)
        return unlocks

    def game(self, game_id: GameId) -> GameInfo | None:
        """Raises BatchError where it cannot be read, ValueError, any other ApiError."""
        self.site.limiter.reset_wait_allowance()
        return self.site.game(game_id)

    def game_list(self, console_id: int, *, with_achievements: bool = True) -> tuple[GameInfo, ...]:
        """Raises BatchError where a row cannot be read, ValueError, any other ApiError."""
        self.site.limiter.reset_wait_allowance()
        found = self.site.game_list(console_id, with_achievements=with_achievements)
        _require_parsed(found.unreadable)
        return found.games

    def console_ids(self) -> tuple[ConsoleInfo, ...]:
        """Raises BatchError where a row cannot be read, any other ApiError."""
        self.site.limiter.reset_wait_allowance()
        return self.site.console_ids()

    def _next_batch(self, waiting: Sequence[GameId]) -> Sequence[GameId]:
        limit = batch_limit(self.site.limiter.read(), self.clock.now(), self.batch_size)
        return split_ids(waiting[:limit], limit, self.id_bytes)[0]

    def _ask(self, user: str, batch: Sequence[GameId]) -> ProgressResponse:
        try:
            return self.site.progress(user, batch)
        except EmptyResponse:
            self.site.profile(user)  # raises PlayerNotFound where that is the reason
            raise


def _require_parsed(unreadable: Sequence[UnparsableEntry]) -> None:
    if unreadable:
        raise BatchError(
            f"{len(unreadable)} unreadable, first: {unreadable[0].message}", raw=unreadable[0].raw
        )


def _parsed(answer: ProgressResponse) -> dict[GameId, Progress]:
    bad = [game_id for game_id, seen in answer.games.items() if isinstance(seen, UnparsableEntry)]
    if bad:
        raise BatchError(f"unreadable: {', '.join(map(str, bad))}")
    return {game_id: seen for game_id, seen in answer.games.items() if isinstance(seen, Progress)}
