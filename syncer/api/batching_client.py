"""The endpoints as a person or a program uses them: any number of ids, and an answer that is complete."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from syncer.core.clock import Clock
from syncer.core.errors import BatchError, EmptyResponse, RequestTooLarge
from syncer.core.model.account import NO_POINTS
from syncer.core.model.library import (
    CompletionPage,
    ConsoleInfo,
    ConsoleList,
    GameInfo,
    GameList,
    UnlockPage,
)
from syncer.core.model.play import RecentPage
from syncer.core.model.progress import GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.ratelimit.budget import batch_limit
from syncer.core.sync.batching import split_ids

from .client import Client
from .endpoints import library, points, profile, progress, recently_played, titles, unlocks
from .source import ApiSource

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def complete(
    endpoint: Callable[Concatenate[Client, P], R], *, is_empty: Callable[[R], bool] = lambda answer: False
) -> Callable[Concatenate["BatchingClient", P], R]:
    """Turn an endpoint into a method with its signature and docstring, whose answer is complete or an error.

    `is_empty`: an answer that may mean an unknown player, which the profile then decides.
    """
    signature = inspect.signature(endpoint)

    @wraps(endpoint)
    def method(self: "BatchingClient", /, *args: P.args, **kwargs: P.kwargs) -> R:
        client = self.source.client
        client.limiter.reset_wait_allowance()
        answer = endpoint(client, *args, **kwargs)
        require_parsed(answer)
        if is_empty(answer):
            username = signature.bind(client, *args, **kwargs).arguments["username"]
            profile.get_user_profile(client, username)  # raises PlayerNotFound where that is the reason
        return answer

    return method


def part_of(method: Callable[P, R], part: Callable[[R], T], part_type: object) -> Callable[P, T]:
    """Turn a method into one that returns a part of its answer."""

    @wraps(method)
    def of_part(*args: P.args, **kwargs: P.kwargs) -> T:
        return part(method(*args, **kwargs))

    signature = inspect.signature(method).replace(return_annotation=part_type)
    of_part.__signature__ = signature  # type: ignore[attr-defined]
    return of_part


class BatchingClient:
    """The endpoints for people and programs, named as the site names them; one line each.

    Each call starts with the full wait allowance. It raises BatchError for a row that cannot be parsed,
    PlayerNotFound for an unknown player, ValueError for parameters that the site would misread, or any other
    ApiError. Long lists of ids are split into batches of at most `batch_size` ids and `id_bytes` of text.
    """

    def __init__(self, source: ApiSource, clock: Clock, batch_size: int, id_bytes: int) -> None:
        self.source = source
        self._clock, self._batch_size, self._id_bytes = clock, batch_size, id_bytes

    get_user_profile = complete(profile.get_user_profile)
    get_user_profile_fields = complete(profile.get_user_profile_fields)
    get_user_points = complete(points.get_user_points)
    get_user_rank_and_score = complete(
        points.get_user_rank_and_score, is_empty=lambda answer: answer.sums == NO_POINTS
    )
    get_user_recently_played_games = complete(
        recently_played.get_user_recently_played_games, is_empty=lambda page: not page.rows
    )
    get_user_completion_progress = complete(
        library.get_user_completion_progress, is_empty=lambda page: not page.total and not page.rows
    )
    get_achievements_earned_between = complete(
        unlocks.get_achievements_earned_between, is_empty=lambda page: not page.rows
    )
    get_game = complete(titles.get_game)
    get_game_list = part_of(complete(titles.get_game_list), lambda answer: answer.games, tuple[GameInfo, ...])
    get_console_ids = part_of(
        complete(titles.get_console_ids), lambda answer: answer.consoles, tuple[ConsoleInfo, ...]
    )

    def get_user_progress(self, username: str, game_ids: Sequence[GameId]) -> dict[GameId, Progress]:
        """Return the progress of a player (name or ULID) by game id, in the order of `game_ids`.

        Games that the answer leaves out are left out. Raises PlayerNotFound, BatchError where a game cannot
        be parsed, ValueError for an id that is not a positive number.
        """
        if any(type(game_id) is not int or game_id < 1 for game_id in game_ids):
            raise ValueError("game ids are positive whole numbers")
        self.source.limiter.reset_wait_allowance()
        remaining = list(dict.fromkeys(game_ids))
        found: dict[GameId, Progress] = {}
        while remaining:
            batch = self._next_batch(remaining)
            try:
                found |= parsed_games(self._fetch(username, batch))
            except RequestTooLarge:
                if len(batch) == 1:
                    raise
                continue  # the request budget now limits the batch to half as many
            del remaining[: len(batch)]
        return {game_id: found[game_id] for game_id in game_ids if game_id in found}

    def _next_batch(self, remaining: Sequence[GameId]) -> Sequence[GameId]:
        limit = batch_limit(self.source.limiter.read(), self._clock.now(), self._batch_size)
        return split_ids(remaining[:limit], limit, self._id_bytes)[0]

    def _fetch(self, username: str, batch: Sequence[GameId]) -> ProgressResponse:
        client = self.source.client
        try:
            return progress.get_user_progress(client, username, batch)
        except EmptyResponse:  # also what an unknown player gets (site-api.md section 4)
            profile.get_user_profile(client, username)  # raises PlayerNotFound where that is the reason
            raise


def require_parsed(answer: Any) -> None:
    """Raise BatchError for an answer with rows that could not be parsed."""
    lists = CompletionPage | RecentPage | UnlockPage | GameList | ConsoleList
    unparsable = answer.unreadable if isinstance(answer, lists) else ()
    if unparsable:
        first = unparsable[0]
        raise BatchError(f"{len(unparsable)} rows cannot be parsed, first: {first.message}", raw=first.raw)


def parsed_games(answer: ProgressResponse) -> dict[GameId, Progress]:
    """Return the games of an answer. Raises BatchError where one cannot be parsed."""
    unparsable = [game_id for game_id, entry in answer.games.items() if isinstance(entry, UnparsableEntry)]
    if unparsable:
        raise BatchError(f"cannot be parsed: {', '.join(map(str, unparsable))}")
    return {game_id: entry for game_id, entry in answer.games.items() if isinstance(entry, Progress)}
