"""The log of the process: redacted, as text or JSON."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any


class RedactingFormatter(logging.Formatter):
    """Replaces secrets in the records of all loggers, those of libraries included."""

    def __init__(self, secrets: Iterable[str], as_json: bool) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secrets = frozenset[str]()
        self.as_json = as_json
        self.add_secrets(secrets)

    def add_secrets(self, secrets: Iterable[str]) -> None:
        """Redact these, too. The former ones stay: a record that holds one may be on its way."""
        # Not the empty text, which replace() finds between all characters.
        self._secrets |= {secret for secret in secrets if secret}

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text or JSON, without secrets."""
        text = self._json(record) if self.as_json else super().format(record)
        # The finished text is redacted, because a traceback or the text of an exception may hold a secret.
        for secret in sorted(self._secrets, key=len, reverse=True):  # one may be a part of another
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
    """Send all logs of the process to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets, log_format == "json"))
    root = logging.getLogger()
    # Replaced, not added: a second handler would print without hiding secrets.
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("alembic", "sqlalchemy", "tenacity"):
        logging.getLogger(library).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of each wake during a long run
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its warnings repeat ours, with tracebacks


def add_secrets(secrets: Iterable[str]) -> None:
    """Redact these, too, from now on: the configuration was reloaded."""
    for formatter in _formatters():
        formatter.add_secrets(secrets)


def change_style(level: str, log_format: str) -> None:
    """Log at another level and in another format from now on: the configuration was reloaded."""
    logging.getLogger().setLevel(level.upper())
    for formatter in _formatters():
        formatter.as_json = log_format == "json"


def _formatters() -> list[RedactingFormatter]:
    found = [handler.formatter for handler in logging.getLogger().handlers]
    return [formatter for formatter in found if isinstance(formatter, RedactingFormatter)]
