"""A source that is built with its first request."""

from typing import Any

from syncer.core.sync.lazy_source import lazy_source


class Source:
    requests, limiter = 3, None

    def profile(self, username: str) -> str:
        return f"profile of {username}"


def test_a_source_is_built_once_and_only_when_something_is_requested() -> None:
    built: list[Source] = []
    limiter: Any = object()

    def build() -> Any:
        built.append(Source())
        return built[-1]

    source: Any = lazy_source(limiter, build)
    assert (source.requests, source.limiter, built) == (0, limiter, [])
    assert source.profile("Tester") == source.profile("Tester") == "profile of Tester"
    assert (source.requests, len(built)) == (3, 1)
