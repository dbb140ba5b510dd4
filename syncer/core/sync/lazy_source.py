"""A source that is built with its first request: a plan usually sends none."""

from collections.abc import Callable
from typing import Any, cast

from syncer.core.ports import ProgressSource
from syncer.core.ratelimit.limiter import RateLimiter


def lazy_source(limiter: RateLimiter, build: Callable[[], ProgressSource]) -> ProgressSource:
    """Return a source with this rate limiter, which `build` returns when an endpoint is first used."""
    return cast(ProgressSource, _LazySource(limiter, build))


class _LazySource:
    def __init__(self, limiter: RateLimiter, build: Callable[[], ProgressSource]) -> None:
        self.limiter, self._build = limiter, build
        self._built: ProgressSource | None = None

    @property
    def requests(self) -> int:
        return self._built.requests if self._built else 0

    def __getattr__(self, name: str) -> Any:
        # Called only for what is not found above: an endpoint.
        self._built = self._built or self._build()
        return getattr(self._built, name)
