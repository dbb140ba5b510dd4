"""What a check says."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncer.core.errors import StoreError, SyncerError

STATUS_LABELS = 3  # so many things one line tells
AGAIN = "then try: syncer doctor"
UNREAD = "not checked: there is no history that can be read"


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`hint` can be typed or done. `code`: the exit code where this is the first failure."""

    status: Status
    what: str
    hint: str = ""
    code: int = 0


def ok(what: str) -> CheckResult:
    return CheckResult(Status.OK, what)


def warn(what: str, hint: str) -> CheckResult:
    return CheckResult(Status.WARN, what, hint)


def fail(what: str, hint: str, code: int) -> CheckResult:
    return CheckResult(Status.FAIL, what, hint, code)


def failed(error: SyncerError, hint: str = "") -> CheckResult:
    """An error as a finding. Where its own hint names no command, this one is to be tried again."""
    problems = "; ".join(getattr(error, "problems", ()))
    what = f"{error.message}: {problems}" if problems else error.message
    return fail(what, hint or _typed(error), error.exit_code)


def _typed(error: SyncerError) -> str:
    hint = error.hint.rstrip(".")
    if not hint or hint == StoreError.hint:  # it would send people here
        return f"Wait a little, {AGAIN}"
    return hint if "syncer " in hint else f"{hint}; {AGAIN}"


def combine(found: Sequence[CheckResult], well: str) -> CheckResult:
    """What one check has to say of several players: as bad as the worst; `well` where it is nothing."""
    if not found:
        return ok(well)
    failures = [finding for finding in found if finding.status is Status.FAIL]
    more = f" (and {len(found) - STATUS_LABELS} more)" if len(found) > STATUS_LABELS else ""
    what = "; ".join(finding.what for finding in found[:STATUS_LABELS]) + more
    hint = "; ".join(dict.fromkeys(finding.hint for finding in found[:STATUS_LABELS]))
    return fail(what, hint, failures[0].code) if failures else warn(what, hint)
