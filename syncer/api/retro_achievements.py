"""The API as a library: one class, from a username and a key."""

from types import TracebackType
from typing import Self

from syncer.core.clock import SystemClock
from syncer.core.formats.site_address import id_bytes
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter

from .batching_client import BatchingClient
from .client import Client
from .in_memory_budget import InMemoryBudget
from .source import ApiSource
from .transport import Transport

BASE_URL = "https://retroachievements.org/API"


class RetroAchievements(BatchingClient):
    """The Web API, with its own rate limiter. Use one object per key; close it, or use it in a `with`.

    `timeout`: seconds for one whole request. Every method may raise ApiError and its subclasses
    (syncer.core.errors); the constructor raises ConfigError for a base_url or ca_file that cannot work, and
    ValueError for impossible limits.
    """

    def __init__(
        self,
        username: str,
        web_api_key: str,
        *,
        base_url: str = BASE_URL,
        requests_per_minute: float = 30,
        burst: int = 3,
        batch_size: int = 100,
        timeout: float = 30.0,
        ca_file: str = "",
        proxy: str = "",
    ) -> None:
        if batch_size < 1 or not 1 <= burst < requests_per_minute:
            raise ValueError("batch_size >= 1 and requests_per_minute > burst >= 1 are needed")
        clock, limits = SystemClock(), RateLimits(requests_per_minute, burst)
        self._transport = Transport(
            base_url, web_api_key, clock=clock, timeout=timeout, ca_file=ca_file, proxy=proxy
        )
        # Interactive: a call may probe a refused key or an outage at once, as a person would.
        limiter = RateLimiter(InMemoryBudget(clock), limits, clock, interactive=True)
        source = ApiSource(Client(self._transport, limiter, username, clock=clock))
        super().__init__(source, clock, batch_size, id_bytes(base_url, username))

    def close(self) -> None:
        """Close the connection. A later request opens another."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
