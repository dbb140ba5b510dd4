"""Requests to the API: status, content type and JSON checked in that order, transient errors retried."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, NoReturn

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from syncer.core.clock import Clock
from syncer.core.errors import RateLimited, StoreError, TransientError, Unauthorized
from syncer.core.events import EventHandler, RequestCompleted, ignore_event
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.limiter import RateLimiter

from .response_checks import check_type, parse_json, status_error
from .retry_after import http_date, seconds_to_wait
from .transport import RawResponse, Transport

MAX_ATTEMPTS = 3
# Called with each answer's Date, when it had been read, and how long it took; returns the second, corrected.
ObserveDate = Callable[[datetime | None, datetime, float], datetime]


@dataclass(frozen=True, slots=True)
class JsonResponse:
    """An answer's JSON value, its Date header, and when it had been read to the end by our clock."""

    value: Any
    date: datetime | None
    at: datetime


@dataclass(slots=True)
class Attempts:
    """The attempts of one request: how many there were, and how long they took on the wire."""

    count: int = 0
    seconds: float = 0.0


class Client:
    """Sends the requests of one key. `requests` counts the attempts that left."""

    def __init__(
        self,
        transport: Transport,
        limiter: RateLimiter,
        username: str,
        *,
        clock: Clock,
        rng: Random | None = None,
        announce: EventHandler = ignore_event,
        observe: ObserveDate = lambda date, at, seconds: at,
    ) -> None:
        self._transport, self.limiter, self._username = transport, limiter, username
        self._clock, self._rng, self._announce = clock, rng or Random(), announce
        self._observe = observe
        self.requests = 0

    def get_json(self, path: str, params: Mapping[str, str]) -> JsonResponse:
        """Return the answer after at most three attempts. Raises any ApiError, or Cancelled.

        All attempts together take at most about twice the timeout on the wire; each reserves a slot of the
        request budget.
        """
        attempts = Attempts()
        retrying = Retrying(
            retry=retry_if_exception_type((TransientError, RateLimited)),
            stop=lambda state: self._is_last(state, attempts),
            wait=self._jittered_backoff,
            sleep=self._clock.wait,
            reraise=True,
        )
        return retrying(self._attempt, path, params, attempts)

    def _attempt(self, path: str, params: Mapping[str, str], attempts: Attempts) -> JsonResponse:
        self.limiter.acquire()
        self.requests, attempts.count, status = self.requests + 1, attempts.count + 1, None
        started = self._clock.monotonic()
        try:
            # `z` is not read any more, but belongs to the documented request (site-api.md section 2).
            reply = self._transport.get(path, {"z": self._username, **params})
            status = reply.status
        finally:
            seconds = self._clock.monotonic() - started
            attempts.seconds += seconds
            self._announce(RequestCompleted(endpoint_name(path), status, seconds, attempts.count))
        date = http_date(reply.headers.get("Date"))
        at = self._observe(date if is_fresh(reply) else None, reply.at, seconds)
        return self._check_response(reply, date, at)

    def _is_last(self, state: RetryCallState, attempts: Attempts) -> bool:
        # Another complete attempt must fit; one that ran into its timeout took a little more.
        return state.attempt_number >= MAX_ATTEMPTS or attempts.seconds > 1.1 * self._transport.timeout

    def _jittered_backoff(self, state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, RateLimited):
            return 0.0  # the limiter waits as long as the site asked for
        # Jitter, so that clients that failed together do not come back together.
        return self._rng.uniform(0.5, 1.5) * state.attempt_number

    def _check_response(self, reply: RawResponse, date: datetime | None, at: datetime) -> JsonResponse:
        if reply.status != 200:
            self._raise_for_status(reply, date)
        check_type(reply)
        value = parse_json(reply)
        with suppress(StoreError):  # a good answer is worth more than a note about the budget
            self.limiter.record_success()
        return JsonResponse(value, date, at)

    def _raise_for_status(self, reply: RawResponse, date: datetime | None) -> NoReturn:
        if reply.status == 401:
            self.limiter.apply(budget_rules.on_unauthorized)
            raise Unauthorized("RetroAchievements refused the key")
        if reply.status in (429, 503):
            self._raise_for_wait(reply, date)
        raise status_error(reply)

    def _raise_for_wait(self, reply: RawResponse, date: datetime | None) -> None:
        """Raise RateLimited for a 429, and for a 503 with a usable Retry-After.

        The wait is stored for every process that uses this key.
        """
        seconds = seconds_to_wait(reply.headers.get("Retry-After"), date or self._clock.now())
        if reply.status == 503 and seconds is None:
            return
        budget = self.limiter.apply(budget_rules.on_retry_after(seconds, self._rng))
        until = budget.not_before or self._clock.now()
        raise RateLimited(f"the site asks us to wait until {until:%Y-%m-%d %H:%M:%S} UTC", until)


def is_fresh(reply: RawResponse) -> bool:
    """Return whether no cache has kept the answer: its Date is the present one then."""
    return reply.headers.get("Age", "0").strip().strip("0") == ""


def endpoint_name(path: str) -> str:
    """Return an endpoint's name as in the site's documentation."""
    return path.removeprefix("API_").removesuffix(".php")
