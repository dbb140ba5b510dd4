"""One service that takes messages, and whether its address can be used. What is said never holds it."""

import difflib
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Any

TITLE = "ra-syncer"
import_lock = Lock()  # the first one loads all kinds of services; threads would meet them half loaded
captured: dict[int, list[str]] = {}  # by thread


class _ThreadLogCapture(logging.Filter):
    """Its log shows addresses: it goes nowhere but to whoever asked in this thread."""

    def filter(self, record: logging.LogRecord) -> bool:
        captured.get(record.thread or 0, []).append(record.getMessage())
        return False


apprise_logger = logging.getLogger("apprise")
apprise_logger.setLevel(logging.WARNING)
apprise_logger.addFilter(_ThreadLogCapture())


def invalid_urls(urls: Sequence[str]) -> list[str]:
    """One sentence for each address that is none, by its number and its kind alone."""
    found = [(number, url, _made(url)) for number, url in enumerate(urls, 1)]
    return [f"[notify] urls: number {n} ({_kind(url)}://…) {_why(url)}" for n, url, made in found if not made]


def _apprise() -> Any:
    """Half a second and some memory, so only where there is somebody to tell."""
    with import_lock:
        import apprise

        return apprise


def _made(url: str) -> Any:
    apprise = _apprise()
    with import_lock, _heard():
        return apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(app_id=TITLE))


def _kind(url: str) -> str:
    return url.partition("://")[0].lower()


def _why(url: str) -> str:
    kinds = sorted(_apprise().manager_plugins.NotificationManager().schemas())
    if _kind(url) in kinds:
        return "is not as apprise wants it for this service; its documentation shows how"
    near = difflib.get_close_matches(_kind(url), kinds, 1)
    return f"is no service that apprise knows{f'; did you mean {near[0]}?' if near else ''}"


class Service:
    """Takes messages. `name`: as it may be shown."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self._url = name, url
        self._plugin: Any = None

    def __repr__(self) -> str:
        return f"Service({self.name})"

    def send(self, text: str) -> str:
        """Why it was not taken; empty: it was. Lasts as long as the service likes."""
        try:
            return self._send(text)
        except Exception as error:  # a library's own faults, whose text may hold the address
            return f"a {type(error).__name__} in apprise"

    def _send(self, text: str) -> str:
        self._plugin = self._plugin or _made(self._url)
        if self._plugin is None:
            return "its address is not right; see: syncer config check"
        # Not by Apprise.notify: its pool of threads would keep a process from ending while a service hangs.
        plain = _apprise().NotifyFormat.TEXT
        body = _apprise().conversion.convert_between(plain, self._plugin.notify_format, text)
        with _heard() as said:
            taken = self._plugin.notify(body=body, title=TITLE, body_format=plain)
        return "" if taken else _reason(said)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What apprise says in this thread."""
    captured[get_ident()] = said = list[str]()
    try:
        yield said
    finally:
        del captured[get_ident()]


def _reason(said: Sequence[str]) -> str:
    """Only what can be no secret."""
    text = " ".join(said)
    if code := re.search(r"error=(\d{3})\b", text):
        return f"it answered {code[1]}"
    return "no answer" if "onnection" in text else "it did not take the message"
