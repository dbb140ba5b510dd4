"""Every way we fail on purpose.

SyncerError                     exit code
├── Stopped                     130  somebody asked us to end
├── ConfigError                  78  the user can fix it; holds every problem
├── ApiError                     69
│   ├── Unauthorized             77  the key was refused
│   ├── RequestRefused           78  422: the question itself is wrong
│   ├── UnknownPlayer            69  GetUserProfile knows nobody of that name
│   ├── EmptyAnswer              69  an empty map for a question with ids
│   ├── UrlTooLong               69  414: ask for fewer ids
│   ├── Deferred                 75  we must wait longer than we are willing to
│   │   └── RateLimited          75  429, or Retry-After: told to wait
│   ├── SiteFailure              69  nobody's batch is to blame: DNS, TLS, 403, 3xx, HTML …
│   └── BatchFailure             69  whose fault is open: 5xx, timeout, unreadable, oversize
│       └── Hiccup               69  worth another attempt at once: reset, cut, timeout
├── AddressUnusable          69  the pages cannot be served there: the port is taken
└── StoreError                   69  the database cannot be used now
    ├── StoreBusy                75  locked for too long
    ├── Held                     75  another process is the writer
    ├── StoreDamaged             65  corrupt, vanished or replaced
    └── StoreRefused             78  wrong schema, or the login was refused
"""

from collections.abc import Sequence
from datetime import datetime


class SyncerError(Exception):
    """Base of all. `hint` is what the user can type or do next."""

    exit_code = 1
    hint = ""

    def __init__(self, why: str, *, hint: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint or type(self).hint


class Stopped(SyncerError):
    """Somebody asked us to end; whatever was waited for was given up."""

    exit_code = 130

    def __init__(self, why: str = "asked to stop") -> None:
        super().__init__(why)


class ConfigError(SyncerError):
    """The configuration cannot work. `problems` holds one sentence each."""

    exit_code = 78
    hint = "Correct it, then try: syncer config check"

    def __init__(self, why: str, problems: Sequence[str] = (), *, hint: str = "") -> None:
        super().__init__(why, hint=hint)
        self.problems = tuple(problems)


class ApiError(SyncerError):
    """The API did not give a believable answer. `raw` is an excerpt of what it sent, without the key."""

    exit_code = 69
    hint = "What is stored stays as it is. It is asked again by itself; when: syncer status"

    def __init__(self, why: str, *, raw: str | None = None, hint: str = "") -> None:
        super().__init__(why, hint=hint)
        self.raw = raw


class Unauthorized(ApiError):
    exit_code = 77
    hint = (
        "What is stored stays as it is. Put the current key (site: Settings, Web API Key) where the old one "
        "was, then try: syncer sync"
    )


class RequestRefused(ApiError):
    exit_code = 78
    hint = "What is stored stays as it is. See whether names and ids are right: syncer doctor"


class UnknownPlayer(ApiError):
    hint = "See whether the name is right: syncer doctor"


class EmptyAnswer(ApiError):
    pass


class UrlTooLong(ApiError):
    pass


class Deferred(ApiError):
    """Nothing may be asked before `until` (UTC)."""

    exit_code = 75

    def __init__(self, why: str, until: datetime, *, raw: str | None = None) -> None:
        super().__init__(why, raw=raw)
        self.until = until


class RateLimited(Deferred):
    pass


class SiteFailure(ApiError):
    """`first_wait`: seconds until the first next try, doubled at each repetition."""

    def __init__(self, why: str, *, first_wait: float = 60.0, raw: str | None = None, hint: str = "") -> None:
        super().__init__(why, raw=raw, hint=hint)
        self.first_wait = first_wait


class BatchFailure(ApiError):
    pass


class Hiccup(BatchFailure):
    pass


class AddressUnusable(SyncerError):
    exit_code = 69
    hint = "Nothing was changed. Choose another one with [web] port, or syncer serve --port."


class StoreError(SyncerError):
    exit_code = 69
    hint = "Nothing was changed. It is tried again by itself; more: syncer doctor"


class StoreBusy(StoreError):
    exit_code = 75
    hint = "Nothing was changed. End the program that holds it, or wait; then try again."


class Held(StoreError):
    exit_code = 75


class StoreDamaged(StoreError):
    exit_code = 65


class StoreRefused(StoreError):
    exit_code = 78
