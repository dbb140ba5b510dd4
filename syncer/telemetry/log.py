"""A log record is a stable name plus facts; the sentence is for people. No secret passes."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from syncer.core.events import (
    BackfillProgress,
    BatchFailed,
    BatchRecorded,
    Event,
    RunEnded,
    RunStarted,
    WarningRaised,
)
from syncer.core.formats.text import pluralize
from syncer.core.model.decision import Verdict
from syncer.core.model.run import RunOutcome

logger = logging.getLogger("syncer")
SENTENCES = {
    RunOutcome.OK: logging.INFO,
    RunOutcome.INTERRUPTED: logging.INFO,
    RunOutcome.PARTIAL: logging.WARNING,
    RunOutcome.DEFERRED: logging.WARNING,
    RunOutcome.FAILED: logging.ERROR,
}


class RedactingFormatter(logging.Formatter):
    """Whatever was said, and by whom: the keys do not stand in it."""

    def __init__(self, secrets: Iterable[str], as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secrets = frozenset[str]()
        self._as_json = as_json
        self.add_secrets(secrets)

    def add_secrets(self, secrets: Iterable[str]) -> None:
        """These, too: another thread may just be writing what the old ones are in."""
        self._secrets |= {secret for secret in secrets if secret}

    def format(self, record: logging.LogRecord) -> str:
        text = self._json(record) if self._as_json else super().format(record)
        for secret in sorted(self._secrets, key=len, reverse=True):  # one may be part of another
            text = text.replace(secret, "***")
        return text

    def _json(self, record: logging.LogRecord) -> str:
        facts: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return json.dumps(facts, default=str)


def configure(level: str, log_format: str, secrets: Iterable[str]) -> None:
    """All logs of the process, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets, log_format == "json"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("alembic", "sqlalchemy", "tenacity"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a run that goes on is no news
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # it warns with tracebacks; we tell it better


def add_secrets(secrets: Iterable[str]) -> None:
    """In all that is said from now on: a configuration was read again."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, RedactingFormatter):
            handler.formatter.add_secrets(secrets)


class Listener:
    """Events as log records: a failure is told when it begins and when it ends, not each time."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[RunOutcome, str]] = {}
        self._warned: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted(player, targets, batches, resumed):
                text = f"{player}: {pluralize(targets, 'game')} in {pluralize(batches, 'request')}"
                if resumed and resumed.targets:
                    text += f"; {resumed.targets:,} were seen by the run that was cut short"
                level = logging.INFO if resumed and resumed.targets else logging.DEBUG
                _tell(level, "run_started", text, player=player)
            case BatchRecorded(player, _, decisions):
                new = sum(d.verdict.is_accepted and d.verdict is not Verdict.SAME for d in decisions)
                text = (
                    f"{player}: polled {pluralize(len(decisions), 'game')}, {pluralize(new, 'new snapshot')}"
                )
                _tell(logging.DEBUG, "batch_recorded", text, player=player, games=len(decisions), added=new)
            case BatchFailed(player, game_ids, why):
                text = f"{player}: {why}, for {pluralize(len(game_ids), 'game')}"
                _tell(logging.WARNING, "batch_failed", text, player=player, games=len(game_ids))
            case BackfillProgress(player, what, count):
                _tell(logging.DEBUG, "learned", f"{player}: {what}: {count:,}", player=player, count=count)
            case WarningRaised(player, what):
                again = self._warned.get(player) == what
                self._warned[player] = what
                level = logging.DEBUG if again else logging.WARNING
                _tell(level, "warned", f"{player}: {what}", player=player)
            case RunEnded():
                self._ended(event)

    def _ended(self, event: RunEnded) -> None:
        report = event.report
        state, known = (report.outcome, report.error), self._last.get(report.player)
        again = known == state and report.outcome is not RunOutcome.OK
        self._last[report.player] = state
        recovered = known is not None and known[0] is RunOutcome.FAILED and report.outcome is RunOutcome.OK
        hint = f" {report.hint}" if report.hint else ""
        text = f"{report.player}: {'works again, ' if recovered else ''}{describe_run(report)}{hint}"
        facts = {"player": report.player, "outcome": report.outcome.value, "run": report.run_id}
        _tell(logging.DEBUG if again else SENTENCES[report.outcome], "run_ended", text, **facts)


def describe_run(report: Any) -> str:
    counts = (
        f"{report.targets_seen} of {pluralize(report.targets_asked, 'game')} seen, "
        f"{pluralize(report.snapshots_added, 'new snapshot')}, {pluralize(report.requests, 'request')}"
    )
    if not report.error:
        return f"{report.outcome.value}: {counts}"
    return f"{report.outcome.value}: {report.error} ({counts})"


def _tell(level: int, name: str, text: str, **facts: Any) -> None:
    logger.log(level, text, extra={"facts": {"event": name, **facts}})
