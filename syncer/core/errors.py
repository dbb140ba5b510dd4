"""The exceptions that this program raises on purpose.

SyncerError                     exit code
├── Cancelled                   130  a stop was requested
├── ConfigError                  78  the user can fix it; holds every problem
├── ApiError                     69
│   ├── Unauthorized             77  the key was refused
│   ├── InvalidRequest           78  422: the request itself is wrong
│   ├── PlayerNotFound           69  GetUserProfile finds no player with that name
│   ├── EmptyResponse            69  an empty map for a request with ids
│   ├── RequestTooLarge          69  422 for several ids or rows: send fewer
│   │   └── UrlTooLong           69  414: send fewer ids
│   ├── Deferred                 75  the wait is longer than the wait allowance
│   │   └── RateLimited          75  429, or Retry-After
│   ├── SiteUnavailable          69  the site's failure: DNS, TLS, 403, 3xx, HTML …
│   └── BatchError               69  the batch or the site: 5xx, timeout, unparsable, oversize
│       └── TransientError       69  worth another attempt at once: reset, cut, timeout
├── BindError                    69  the pages cannot be served there: the port is taken
└── StoreError                   69  the database cannot be used now
    ├── StoreBusy                75  locked for too long
    ├── DiskFull                 69  the disk of the database is full
    ├── WriterLockHeld           75  another process is the writer
    ├── DatabaseCorrupt          65  corrupt, vanished or replaced
    └── DatabaseIncompatible     78  wrong schema, or the login was refused
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

KEY_PAGE = "site: Settings, Web API Key"  # where the site shows the key


# The exit codes are those of sysexits.h, which service managers and cron know; 130 is 128 + SIGINT.
class SyncerError(Exception):
    """Base of all. `hint` is what the user can type or do next."""

    exit_code = 1
    hint = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or type(self).hint


class Cancelled(SyncerError):
    """A stop was requested, and every wait has ended."""

    exit_code = 130

    def __init__(self, message: str = "a stop was requested") -> None:
        super().__init__(message)


class ConfigError(SyncerError):
    """The configuration cannot work. `problems` holds one sentence each."""

    exit_code = 78
    hint = "Correct it, then try: syncer config check"

    def __init__(self, message: str, problems: Sequence[str] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)


class ApiError(SyncerError):
    """The API gave no usable answer. `raw` is an excerpt of what it sent, without the key."""

    exit_code = 69
    hint = "What is stored stays as it is. The next run asks again; when: syncer status"
    first_wait = 60.0  # seconds until the first retry; each failure doubles them

    def __init__(self, message: str, *, raw: str | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.raw = raw


class Unauthorized(ApiError):
    exit_code = 77
    hint = (
        f"What is stored stays as it is. Put the current key ({KEY_PAGE}) in the place of the old one, which "
        "this names: syncer config show. A running daemon takes it from there, otherwise try: syncer sync"
    )


class InvalidRequest(ApiError):
    """422. `parameters`: those that the site names."""

    exit_code = 78
    hint = "What is stored stays as it is. See whether names and ids are right: syncer doctor"

    def __init__(self, message: str, *, parameters: Iterable[str] = (), raw: str | None = None) -> None:
        super().__init__(message, raw=raw)
        self.parameters = frozenset(parameters)


class PlayerNotFound(ApiError):
    hint = "See whether the name is right: syncer doctor"


class EmptyResponse(ApiError):
    pass


class RequestTooLarge(ApiError):
    """The site takes fewer ids or rows in one request. A smaller limit of the key is stored already."""


class UrlTooLong(RequestTooLarge):
    pass


class Deferred(ApiError):
    """No request may leave before `until` (UTC)."""

    exit_code = 75

    def __init__(self, message: str, until: datetime, *, raw: str | None = None) -> None:
        super().__init__(message, raw=raw)
        self.until = until


class RateLimited(Deferred):
    pass


class SiteUnavailable(ApiError):
    """The site fails, whatever is asked: DNS, TLS, 403, a web page instead of JSON."""

    def __init__(
        self, message: str, *, first_wait: float = 60.0, raw: str | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, raw=raw, hint=hint)
        self.first_wait = first_wait


class BatchError(ApiError):
    pass


class TransientError(BatchError):
    pass


class BindError(SyncerError):
    exit_code = 69
    hint = "Nothing was changed. Choose another place: [web] host and port, or syncer serve --host, --port."


class StoreError(SyncerError):
    exit_code = 69
    hint = "Nothing was changed. See what is wrong, then try again: syncer doctor"


class StoreBusy(StoreError):
    exit_code = 75
    hint = "Nothing was changed. End the program that holds it, or wait; then try again."


class DiskFull(StoreError):
    hint = "Make room. A running daemon then goes on by itself; another command must be typed again."


class WriterLockHeld(StoreError):
    exit_code = 75


class DatabaseCorrupt(StoreError):
    exit_code = 65


class DatabaseIncompatible(StoreError):
    exit_code = 78


# A request that failed by itself: the site may answer others. What waits, or ends all requests, is not in it.
REQUEST_FAILURES = (BatchError, SiteUnavailable, InvalidRequest, RequestTooLarge)
