"""The API as the source of the sync engine."""

from collections.abc import Sequence
from datetime import datetime

from syncer.core.model.library import (
    MAX_PLAYED_PER_PAGE,
    CompletionPage,
    ConsoleInfo,
    GameInfo,
    GameList,
    GameUnlocks,
    UnlockPage,
)
from syncer.core.model.player import Profile
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.ratelimit.limiter import RateLimiter

from .client import Client
from .endpoints.game_unlocks import get_game_unlocks
from .endpoints.library import get_user_completion_progress
from .endpoints.profile import Field, get_user_profile, get_user_profile_fields
from .endpoints.progress import get_user_progress
from .endpoints.titles import get_console_ids, get_game, get_game_list
from .endpoints.unlocks import get_achievements_earned_between

MAX_URL = 2000


def id_bytes(base_url: str, username: str) -> int:
    """Return the bytes left for the ids in a URL of 2,000 bytes (site-api.md section 7)."""
    return MAX_URL - len(f"{base_url}/API_GetUserProgress.php?z={username}&u=&i=&y=") - 26 - 32


class ApiSource:
    """The API as the heart's Source."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def limiter(self) -> RateLimiter:
        return self._client.limiter

    @property
    def requests(self) -> int:
        return self._client.requests

    def profile(self, user: str) -> Profile:
        return get_user_profile(self._client, user)

    def profile_fields(self, user: str) -> dict[str, Field]:
        return get_user_profile_fields(self._client, user)

    def progress(self, user: str, game_ids: Sequence[GameId]) -> ProgressResponse:
        return get_user_progress(self._client, user, game_ids)

    def completion_progress(
        self, user: str, offset: int = 0, count: int = MAX_PLAYED_PER_PAGE
    ) -> CompletionPage:
        return get_user_completion_progress(self._client, user, offset, count)

    def game(self, game_id: GameId) -> GameInfo | None:
        return get_game(self._client, game_id)

    def game_unlocks(self, user: str, game_id: GameId) -> GameUnlocks | None:
        return get_game_unlocks(self._client, user, game_id)

    def game_list(self, console_id: int, *, with_achievements: bool = True) -> GameList:
        return get_game_list(self._client, console_id, with_achievements=with_achievements)

    def console_ids(self) -> tuple[ConsoleInfo, ...]:
        return get_console_ids(self._client)

    def achievements_earned_between(self, user: str, start: datetime, end: datetime) -> UnlockPage:
        return get_achievements_earned_between(self._client, user, start, end)
