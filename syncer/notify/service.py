"""A notification service behind an apprise URL. The URL holds secrets: no message here contains it."""

import difflib
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Any

TITLE = "ra-syncer"
# apprise imports its plugins at first use. Another thread would meet a half-filled list of them.
import_lock = Lock()
captured: dict[int, list[str]] = {}  # apprise's log messages, by thread


class _ThreadLogCapture(logging.Filter):
    """Keeps apprise's log records, which contain URLs, from all logs and captures them by thread."""

    def filter(self, record: logging.LogRecord) -> bool:
        captured.get(record.thread or 0, []).append(record.getMessage())
        return False


apprise_logger = logging.getLogger("apprise")
apprise_logger.setLevel(logging.WARNING)
apprise_logger.addFilter(_ThreadLogCapture())


def invalid_urls(urls: Sequence[str]) -> list[str]:
    """Return a problem for each invalid URL, which it names by number and scheme only."""
    found = [(number, url, _instantiate(url)) for number, url in enumerate(urls, 1)]
    return [
        f"[notify] urls: number {number} ({_scheme(url)}://…) {_problem(url)}"
        for number, url, plugin in found
        if not plugin
    ]


def _apprise() -> Any:
    """Import apprise: half a second and some memory, so only where a service is configured."""
    with import_lock:
        import apprise

        return apprise


def _instantiate(url: str) -> Any:
    apprise = _apprise()
    with import_lock, _capture_log():
        return apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(app_id=TITLE))


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _problem(url: str) -> str:
    schemes = sorted(_apprise().manager_plugins.NotificationManager().schemas())
    if _scheme(url) in schemes:
        return "is not a valid apprise URL for this service; see its page in apprise's documentation"
    similar = difflib.get_close_matches(_scheme(url), schemes, 1)
    return f"is a service unknown to apprise{f'; did you mean {similar[0]}?' if similar else ''}"


class Service:
    """A service that receives messages. `name` is safe to show."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self._url = name, url
        self._plugin: Any = None

    def __repr__(self) -> str:
        return f"Service({self.name})"

    def send(self, text: str) -> str:
        """Send a message; return an empty text, or why it was not accepted. May block for any time."""
        try:
            return self._send(text)
        except Exception as error:  # a plugin's error, whose text may contain the URL
            return f"a {type(error).__name__} in apprise"

    def _send(self, text: str) -> str:
        self._plugin = self._plugin or _instantiate(self._url)
        if self._plugin is None:
            return "its URL is not valid; see: syncer config check"
        # Not by Apprise.notify: its thread pool would keep a process from ending while a service hangs.
        plain = _apprise().NotifyFormat.TEXT
        body = _apprise().conversion.convert_between(plain, self._plugin.notify_format, text)
        with _capture_log() as log:
            accepted = self._plugin.notify(body=body, title=TITLE, body_format=plain)
        return "" if accepted else _reason(log)


@contextmanager
def _capture_log() -> Iterator[list[str]]:
    """Yield the messages that apprise logs in this thread."""
    captured[get_ident()] = log = list[str]()
    try:
        yield log
    finally:
        del captured[get_ident()]


def _reason(log: Sequence[str]) -> str:
    """Return why a message was not accepted, without quoting the log, which may contain secrets."""
    text = " ".join(log)
    if code := re.search(r"error=(\d{3})\b", text):
        return f"it answered {code[1]}"
    return "no answer" if "onnection" in text else "it did not accept the message"
