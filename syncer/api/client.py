"""Status, content type and JSON, checked in that order; hiccups tried again."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception_type

from syncer.core.clock import Clock
from syncer.core.errors import (
    BatchError,
    InvalidRequest,
    RateLimited,
    SiteUnavailable,
    StoreError,
    TransientError,
    Unauthorized,
    UrlTooLong,
)
from syncer.core.events import EventHandler, RequestCompleted, ignore_event
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.limiter import RateLimiter

from .retry_after import http_date, seconds_asked
from .transport import RawResponse, Transport

ATTEMPTS = 3
MAX_EXCERPT = 4096
DESCRIPTION = re.compile(r'("Description[a-z]*"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class JsonResponse:
    """An answer's JSON value, its Date header, and when it had been read to the end by our clock."""

    value: Any
    date: datetime | None
    at: datetime


class NotFound(SiteUnavailable):
    """404, 410. `answered`: it was the endpoint that said so, by `[]` (site-api.md section 4)."""

    def __init__(self, message: str, *, answered: bool, raw: str) -> None:
        super().__init__(message, raw=raw)
        self.answered = answered


class Client:
    """Asks one API with one key. `requests`: attempts that left so far."""

    def __init__(
        self,
        transport: Transport,
        gate: RateLimiter,
        username: str,
        *,
        clock: Clock,
        rng: Random | None = None,
        announce: EventHandler = ignore_event,
    ) -> None:
        self._transport, self.limiter, self._username = transport, gate, username
        self._clock, self._dice, self._announce = clock, rng or Random(), announce
        self.requests = 0

    def ask(self, path: str, params: Mapping[str, str]) -> JsonResponse:
        """Raises any ApiError, or Cancelled.

        At most three attempts and twice the timeout on the wire; each attempt takes a slot of the budget.
        """
        on_wire, attempts = 0.0, 0

        def attempt() -> JsonResponse:
            nonlocal on_wire, attempts
            self.limiter.acquire()
            self.requests, attempts, status = self.requests + 1, attempts + 1, None
            started = self._clock.monotonic()
            try:
                reply = self._transport.get(path, {"z": self._username, **params})
                status = reply.status
            finally:
                seconds = self._clock.monotonic() - started
                on_wire += seconds
                self._announce(RequestCompleted(endpoint_of(path), status, seconds, attempts))
            return self._check_response(reply)

        def enough(state: RetryCallState) -> bool:
            # Another whole attempt must fit; one that ran into its timeout took a little more.
            return state.attempt_number >= ATTEMPTS or on_wire > 1.1 * self._transport.timeout

        def pause(state: RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            if isinstance(failure, RateLimited):
                return 0.0  # the gate waits as long as it was told to
            return self._dice.uniform(0.5, 1.5) * state.attempt_number

        trying = Retrying(
            retry=retry_if_exception_type((TransientError, RateLimited)),
            stop=enough,
            wait=pause,
            sleep=self._clock.wait,
            reraise=True,
        )
        return trying(attempt)

    def _check_response(self, reply: RawResponse) -> JsonResponse:
        date = http_date(reply.headers.get("Date"))
        self._check_status(reply, date)
        self._check_type(reply)
        value = _parse(reply)
        with suppress(StoreError):  # a look that was made is worth more than a note about the budget
            self.limiter.apply(budget_rules.on_success)
        return JsonResponse(value, date, reply.at)

    def _check_status(self, reply: RawResponse, date: datetime | None) -> None:
        status, raw = reply.status, excerpt(reply.body)
        if status == 200:
            return
        if status == 401:
            self.limiter.apply(budget_rules.on_unauthorized)
            raise Unauthorized("RetroAchievements refused the key")
        if status in (429, 503):
            self._check_wait(reply, date)
        if status == 403:
            raise SiteUnavailable("the site refuses us (403)", first_wait=900.0, raw=raw)
        if status in (404, 410):
            answered = status == 404 and reply.body.strip() == b"[]"  # a wrong address is JSON, too
            raise NotFound(f"the site has no such page ({status})", answered=answered, raw=raw)
        if status == 414:
            raise UrlTooLong("the address is too long (414)")
        if status == 422:
            raise InvalidRequest("the site cannot work with this question (422)", raw=raw)
        if 300 <= status < 400:
            raise SiteUnavailable(f"the site sends us elsewhere ({status}); not followed", raw=raw)
        raise BatchError(f"the site answered {status}", raw=raw)

    def _check_wait(self, reply: RawResponse, date: datetime | None) -> None:
        """429, or 503 with a wish that can be honoured. Remembered for every process of this key."""
        seconds = seconds_asked(reply.headers.get("Retry-After"), date or self._clock.now())
        if reply.status == 503 and seconds is None:
            return
        budget = self.limiter.apply(budget_rules.on_retry_after(seconds, self._dice))
        until = budget.not_before or self._clock.now()
        raise RateLimited(f"the site asks us to wait until {until:%Y-%m-%d %H:%M:%S} UTC", until)

    def _check_type(self, reply: RawResponse) -> None:
        kind = reply.headers.get("Content-Type", "").lower()
        if not reply.body.strip():
            raise TransientError("an empty answer")  # also what a cut inside the headers looks like
        if "html" in kind or reply.body.lstrip()[:1] == b"<":
            raise SiteUnavailable("a web page instead of data", raw=excerpt(reply.body))
        if kind and "json" not in kind:
            raise BatchError("not JSON", raw=excerpt(reply.body))


def endpoint_of(path: str) -> str:
    """As the site's documents call it."""
    return path.removeprefix("API_").removesuffix(".php")


def _parse(reply: RawResponse) -> Any:
    try:
        return json.loads(
            reply.body.decode(), parse_constant=_reject_constant, object_pairs_hook=_reject_duplicate_keys
        )
    except (ValueError, RecursionError):
        if not reply.complete:
            raise TransientError("the answer was cut off") from None
        raise BatchError("unreadable JSON", raw=excerpt(reply.body)) from None


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def excerpt(body: bytes | str, most: int = MAX_EXCERPT) -> str:
    """The beginning as text that every database takes: no NUL, no lone surrogates.

    Descriptions of achievements are left out: they are not ours to keep (site-api.md section 10).
    """
    text = body[: most * 4].decode(errors="replace") if isinstance(body, bytes) else body[: most * 4]
    clean = DESCRIPTION.sub(r'\1"…"', text)[:most].encode(errors="replace").decode().replace("\0", "\ufffd")
    return clean.encode()[:most].decode(errors="ignore")
