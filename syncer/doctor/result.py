"""What a check says."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncer.core.errors import StoreError, SyncerError

SAID = 3  # so many things one line tells
AGAIN = "then try: syncer doctor"
UNREAD = "not checked: there is no history that can be read"


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`hint` can be typed or done. `code`: the exit code where this is the first failure."""

    status: Status
    what: str
    hint: str = ""
    code: int = 0


def ok(what: str) -> Finding:
    return Finding(Status.OK, what)


def warn(what: str, hint: str) -> Finding:
    return Finding(Status.WARN, what, hint)


def fail(what: str, hint: str, code: int) -> Finding:
    return Finding(Status.FAIL, what, hint, code)


def failed(error: SyncerError, hint: str = "") -> Finding:
    """An error as a finding. Where its own hint names no command, this one is to be tried again."""
    problems = "; ".join(getattr(error, "problems", ()))
    what = f"{error.why}: {problems}" if problems else error.why
    return fail(what, hint or _typed(error), error.exit_code)


def _typed(error: SyncerError) -> str:
    hint = error.hint.rstrip(".")
    if not hint or hint == StoreError.hint:  # it would send people here
        return f"Wait a little, {AGAIN}"
    return hint if "syncer " in hint else f"{hint}; {AGAIN}"


def together(found: Sequence[Finding], well: str) -> Finding:
    """What one check has to say of several players: as bad as the worst; `well` where it is nothing."""
    if not found:
        return ok(well)
    failures = [finding for finding in found if finding.status is Status.FAIL]
    more = f" (and {len(found) - SAID} more)" if len(found) > SAID else ""
    what = "; ".join(finding.what for finding in found[:SAID]) + more
    hint = "; ".join(dict.fromkeys(finding.hint for finding in found[:SAID]))
    return fail(what, hint, failures[0].code) if failures else warn(what, hint)
