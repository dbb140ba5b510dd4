"""Whether the request budget of a key allows what its players need. Pure."""

from datetime import timedelta

from syncer.core.ratelimit.budget import RateLimits

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def estimated_seconds(requests: int, limits: RateLimits) -> float:
    """Return how long the requests take at least, with a full budget."""
    return max(0, requests - limits.burst) * limits.spacing.total_seconds()


def budget_share(requests_a_day: float, limits: RateLimits) -> float:
    """Return which part of a key's budget so many requests take; above 1 the promises cannot be kept."""
    return requests_a_day * (limits.spacing / DAY)


def needed_per_minute(requests_a_day: float, limits: RateLimits) -> float:
    """Return the budget that allows so many requests."""
    return requests_a_day * (MINUTE / DAY) + limits.burst
