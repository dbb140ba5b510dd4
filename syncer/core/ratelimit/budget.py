"""The request budget of one key: how often it may send requests, and when it must wait. Pure.

The rate limiter is the generic cell rate algorithm (GCRA, ITU-T recommendation I.371, there for ATM cells).
It needs one stored moment instead of a bucket of tokens: the theoretical arrival time (`next_free_at`), at
which a request would arrive if all were evenly spaced. Each request moves it by `spacing`. A request conforms
if it comes at most `spacing · (burst - 1)` before that moment, so `burst` requests may leave at once and the
others follow evenly. Processes that share a key reserve their slots one after the other, in one transaction
each, and wait until it comes.

A key can also be blocked: until the moment that a Retry-After names, by our exponential backoff with
jitter after an outage, or by a circuit breaker after a refused key, which lets some trial requests through.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

MAX_RETRY_AFTER = timedelta(hours=24)
MAX_OUTAGE_WAIT = timedelta(hours=1)
# The site refuses good keys in maintenance, too. Counted from the first refusal; then one trial an hour.
FIRST_TRIALS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
TRIAL_INTERVAL = timedelta(hours=1)
BATCH_LIMIT_TTL = timedelta(days=7)
DEFAULT_ROWS = 100  # of a page where the request does not say how many (site-api.md 5.3)
MAX_CLOCK_SKEW = timedelta(seconds=2)  # between two machines that share a budget, both synchronised


@dataclass(frozen=True, slots=True)
class RateLimits:
    """requests_per_minute > burst >= 1. The site's limit is not published; see site-api.md section 10."""

    requests_per_minute: float = 30
    burst: int = 3

    @property
    def spacing(self) -> timedelta:
        """The time between sustained requests: burst + sustained stay within any sliding minute."""
        # Whole milliseconds, as moments are stored: a truncated one would let one request too many through.
        return timedelta(milliseconds=math.ceil(60_000 / (self.requests_per_minute - self.burst)))


@dataclass(frozen=True, slots=True)
class RequestBudget:
    """What is stored about one key, shared by all processes. Times are UTC.

    `wait_reason` says why `not_before` is set: `retry_after` and `rate_limit` by the site, `outage` by our
    own backoff, which an interactive command may skip. `booked_at`: when a slot was last reserved; if it lies
    ahead, the clock was set back since by that much. `refused_at`: when the key was refused first, since it
    was last accepted. `max_batch`, `max_rows`: how many ids, or rows of a page, the site takes in one
    request.
    """

    next_free_at: datetime | None = None
    booked_at: datetime | None = None
    not_before: datetime | None = None
    wait_reason: str | None = None
    outage_failures: int = 0
    refused_at: datetime | None = None
    max_batch: int | None = None
    max_batch_until: datetime | None = None
    max_rows: int | None = None
    max_rows_until: datetime | None = None


BudgetTransition = Callable[[RequestBudget, datetime], RequestBudget]


def is_active(moment: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Return whether a stored wait is not over. One beyond its own maximum comes from a wrong clock."""
    return moment is not None and now < moment <= now + longest


def blocked_until(budget: RequestBudget, now: datetime, interactive: bool = False) -> datetime | None:
    """Return the moment before which this key must not send; None: it may send now."""
    longest = MAX_RETRY_AFTER if budget.wait_reason == "retry_after" else MAX_OUTAGE_WAIT
    if not is_active(budget.not_before, now, longest):
        return None
    return None if interactive and budget.wait_reason == "outage" else budget.not_before


def last_trial_at(budget: RequestBudget, now: datetime) -> datetime | None:
    """Return when a refused key was last tried; None: it is not refused, or a wrong clock says so."""
    if budget.refused_at is None or budget.refused_at > now + MAX_CLOCK_SKEW:
        return None
    return max(budget.refused_at, min(budget.booked_at or budget.refused_at, now))


def circuit_open_until(budget: RequestBudget, now: datetime) -> datetime | None:
    """Return when a refused key is tried next; None: it is not refused, or a trial is due."""
    refused, last = budget.refused_at, last_trial_at(budget, now)
    if refused is None or last is None:
        return None
    hourly = FIRST_TRIALS[-1] + ((last - refused - FIRST_TRIALS[-1]) // TRIAL_INTERVAL + 1) * TRIAL_INTERVAL
    until = refused + next((trial for trial in FIRST_TRIALS if refused + trial > last), hourly)
    return until if until > now else None


def batch_limit(budget: RequestBudget, now: datetime, batch_size: int) -> int:
    """Return how many ids a request may hold: `batch_size`, or fewer for a week after a 414 or 422."""
    if budget.max_batch is None or not is_active(budget.max_batch_until, now, BATCH_LIMIT_TTL):
        return batch_size
    return min(batch_size, budget.max_batch)


def row_limit(budget: RequestBudget, now: datetime, rows: int) -> int:
    """Return how many rows of a page to request: `rows`, or fewer for a week after a 422."""
    if budget.max_rows is None or not is_active(budget.max_rows_until, now, BATCH_LIMIT_TTL):
        return rows
    return min(rows, budget.max_rows)


def fewer_rows(asked: int) -> int:
    """Return the next smaller page: first what the site sends where no number is given, then the half."""
    return DEFAULT_ROWS if asked > DEFAULT_ROWS else max(1, asked // 2)


def theoretical_arrival_at(budget: RequestBudget, now: datetime) -> datetime:
    """Return the theoretical arrival time of the next request, by the clock as it is now."""
    arrival = budget.next_free_at or now
    if budget.booked_at and budget.booked_at > now + MAX_CLOCK_SKEW:
        arrival -= budget.booked_at - now  # else a clock set back by an hour would stop us for an hour
    return max(now, arrival)


def next_slot_at(budget: RequestBudget, now: datetime, limits: RateLimits) -> datetime:
    """Return the moment at which the next request conforms to the rate."""
    return max(now, theoretical_arrival_at(budget, now) - limits.spacing * (limits.burst - 1))


def burst_left(budget: RequestBudget, now: datetime, limits: RateLimits) -> int:
    """Return how many requests may leave at once, now."""
    if wait_time(budget, now, limits) > timedelta(0):
        return 0
    return limits.burst - math.ceil((theoretical_arrival_at(budget, now) - now) / limits.spacing)


def wait_time(budget: RequestBudget, now: datetime, limits: RateLimits) -> timedelta:
    """Return how long the next request has to wait, for the rate, a block or the circuit breaker."""
    blocked, open_until = blocked_until(budget, now), circuit_open_until(budget, now)
    return max(next_slot_at(budget, now, limits), blocked or now, open_until or now) - now


def reserve_slot(limits: RateLimits) -> BudgetTransition:
    """Reserve the slot at `next_slot_at` of the budget before."""
    return lambda budget, now: replace(
        budget, next_free_at=theoretical_arrival_at(budget, now) + limits.spacing, booked_at=now
    )


def on_retry_after(seconds: float | None, rng: Random) -> BudgetTransition:
    """Block the key after a 429 or any Retry-After; without a usable number of seconds, by our backoff."""

    def transition(budget: RequestBudget, now: datetime) -> RequestBudget:
        if seconds is not None:
            wait = min(timedelta(seconds=max(1.0, min(seconds, 1e6))), MAX_RETRY_AFTER)
            return _blocked(budget, now, wait, "retry_after", budget.outage_failures)
        wait = exponential_backoff(60.0, budget.outage_failures, rng)
        return _blocked(budget, now, wait, "rate_limit", budget.outage_failures + 1)

    return transition


def on_outage(first_wait: float, rng: Random) -> BudgetTransition:
    """Block the key after a failure of the site; each repetition doubles the wait, up to an hour."""

    def transition(budget: RequestBudget, now: datetime) -> RequestBudget:
        wait = exponential_backoff(first_wait, budget.outage_failures, rng)
        return _blocked(budget, now, wait, "outage", budget.outage_failures + 1)

    return transition


def exponential_backoff(first: float, failures: int, rng: Random) -> timedelta:
    """Return first · 2^failures seconds, an hour at most.

    Jitter adds up to a quarter, so that clients that failed together do not return together.
    """
    seconds = first * 2.0 ** min(failures, 16) * rng.uniform(1.0, 1.25)
    return min(timedelta(seconds=seconds), MAX_OUTAGE_WAIT)


def _blocked(
    budget: RequestBudget, now: datetime, wait: timedelta, reason: str, failures: int
) -> RequestBudget:
    """Set the new wait, unless a longer one is active that the site asked for."""
    until = now + wait
    active = blocked_until(budget, now) if budget.wait_reason == "retry_after" else None
    if active is not None and active > until:
        return replace(budget, outage_failures=failures)
    return replace(budget, not_before=until, wait_reason=reason, outage_failures=failures)


def on_unauthorized(budget: RequestBudget, now: datetime) -> RequestBudget:
    """Open the circuit breaker after a 401; a failed trial leaves it open."""
    return replace(budget, refused_at=now if last_trial_at(budget, now) is None else budget.refused_at)


def on_success(budget: RequestBudget, now: datetime) -> RequestBudget:
    """Close the circuit breaker and end the backoff; a Retry-After that is still active stays."""
    stays = budget.wait_reason == "retry_after" and blocked_until(budget, now) is not None
    kept = budget if stays else replace(budget, not_before=None, wait_reason=None)
    return replace(kept, outage_failures=0, refused_at=None)


def clear_batch_limit(budget: RequestBudget, now: datetime) -> RequestBudget:
    """Forget the limit of ids: a 414 or 422 for a single id shows that their number was not the cause."""
    return replace(budget, max_batch=None, max_batch_until=None)


def clear_row_limit(budget: RequestBudget, now: datetime) -> RequestBudget:
    """Forget the limit of rows: a 422 for a single row shows that their number was not the cause."""
    return replace(budget, max_rows=None, max_rows_until=None)


def restore_failure_count(failures: int) -> BudgetTransition:
    """Restore the failures before this run: an answer of another endpoint does not end the outage."""
    return lambda budget, now: replace(budget, outage_failures=max(budget.outage_failures, failures))


def on_too_many_ids(asked: int) -> BudgetTransition:
    """Halve the limit of ids for seven days, after a 414 or a 422."""

    def transition(budget: RequestBudget, now: datetime) -> RequestBudget:
        shorter = max(1, min(batch_limit(budget, now, asked), asked // 2))
        return replace(budget, max_batch=shorter, max_batch_until=now + BATCH_LIMIT_TTL)

    return transition


def on_too_many_rows(asked: int) -> BudgetTransition:
    """Lower the limit of rows for seven days after a 422."""

    def transition(budget: RequestBudget, now: datetime) -> RequestBudget:
        limit = min(row_limit(budget, now, asked), fewer_rows(asked))
        return replace(budget, max_rows=limit, max_rows_until=now + BATCH_LIMIT_TTL)

    return transition
