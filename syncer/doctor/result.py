"""The result of a check."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncer.core.errors import StoreError, SyncerError

MAX_LISTED = 3  # findings in one line
AGAIN = "then try: syncer doctor"
UNREADABLE = "not checked: there is no readable database"
NOTHING_POLLED = "not checked: nothing was polled yet"


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found. `hint`: what to type or do. `code`: the exit code if this is the first failure.

    `problems`: the sentences of which `what` is the headline.
    """

    status: Status
    what: str
    hint: str = ""
    code: int = 0
    problems: tuple[str, ...] = ()

    @property
    def is_skipped(self) -> bool:
        """Whether nothing was checked, for a reason that another check reports."""
        return self.what.startswith("not checked")

    @property
    def text(self) -> str:
        """All of it in one line."""
        return f"{self.what}: {'; '.join(self.problems)}" if self.problems else self.what


def ok(what: str) -> CheckResult:
    return CheckResult(Status.OK, what)


def warn(what: str, hint: str) -> CheckResult:
    return CheckResult(Status.WARN, what, hint)


def fail(what: str, hint: str, code: int) -> CheckResult:
    return CheckResult(Status.FAIL, what, hint, code)


def failed(error: SyncerError, hint: str = "") -> CheckResult:
    """Return an error as a failed check."""
    problems = tuple(getattr(error, "problems", ()))
    return CheckResult(Status.FAIL, error.message, hint or _hint_for(error), error.exit_code, problems)


def _hint_for(error: SyncerError) -> str:
    """Return the error's hint; if it names no command, doctor is to be tried again."""
    # A hint without a command would leave the reader without a next step.
    hint = error.hint.rstrip(".")
    if not hint or hint == StoreError.hint:  # the hint of StoreError names doctor itself
        return f"Wait a little, {AGAIN}"
    return hint if "syncer " in hint else f"{hint}; {AGAIN}"


def combine(results: Sequence[CheckResult], if_none: str) -> CheckResult:
    """Return one result for several players: as bad as the worst, or ok with `if_none`."""
    if not results:
        return ok(if_none)
    failures = [result for result in results if result.status is Status.FAIL]
    more = f" (and {len(results) - MAX_LISTED} more)" if len(results) > MAX_LISTED else ""
    what = "; ".join(result.text for result in results[:MAX_LISTED]) + more
    hint = "; ".join(dict.fromkeys(result.hint for result in results[:MAX_LISTED]))
    return fail(what, hint, failures[0].code) if failures else warn(what, hint)
