"""A change of the configuration that cannot be read now is tried again, and the daemon goes on."""

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from syncer.app import App, open_app
from syncer.cli.commands.run import build_daemon
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.core.errors import StoreBusy
from syncer.run import daemon as daemon_module
from syncer.run import postponed
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock
from syncer.store.admin.upgrade import upgrade_schema
from tests.fakes import START
from tests.unit.test_descriptors import no_free_descriptor
from tests.waiting import wait_until

from .test_daemon_jobs import FreeLock

OLD, NEW = "o" * 32, "n" * 32
TEXT = """
database.url = "sqlite:///syncer.db"
api = { username = "Tester", key_file = "secret", base_url = "http://127.0.0.1:1" }
schedule.timezone = "UTC"
players = [{ username = "Tester", games = [1] }]
"""


class Running:
    """A daemon in a thread, which looks for changes 50 times a second."""

    def __init__(self, app: App, path: Path) -> None:
        self.path, self.clock = path, SystemClock()
        lock = cast(WriterLock, FreeLock())
        self.daemon: Daemon = build_daemon(app, lock, self.clock, lambda: app.with_config(load(path, {})))[0]
        self.thread = threading.Thread(target=self.daemon.run, daemon=True)
        self.thread.start()

    @property
    def key(self) -> str:
        return self.daemon.app.config.owner.key.reveal()

    def change(self, cause: str) -> None:
        """Put another key in place, without opening a file."""
        os.replace(self.path.with_name("new"), self.path.with_name("secret"))
        if cause == "SIGHUP":
            self.daemon.request_reload()


@pytest.fixture
def running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Running]:
    caplog.set_level(logging.INFO, "syncer")
    monkeypatch.setattr(daemon_module, "SUPERVISION_INTERVAL", 0.02)
    for name, text in (("secret", OLD), ("new", NEW), ("config.toml", TEXT)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    with open_app(load(tmp_path / "config.toml", {}), SystemClock()) as app:
        upgrade_schema(app.database, START)
        made = Running(app, tmp_path / "config.toml")
        wait_until(lambda: "following 1 player" in caplog.text, 20)
        yield made
        made.clock.stop()
        made.thread.join(10)


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "configuration stays" in record.getMessage()]


@pytest.mark.parametrize("cause", ["SIGHUP", "a changed secret"])
def test_a_change_is_read_as_soon_as_files_can_be_opened(
    running: Running, caplog: pytest.LogCaptureFixture, cause: str
) -> None:
    with no_free_descriptor():
        running.change(cause)
        wait_until(lambda: bool(failures(caplog)), 20)
        running.clock.wait(0.2)
        assert (running.thread.is_alive(), running.key) == (True, OLD)
    wait_until(lambda: running.key == NEW, 20)
    (message,) = set(failures(caplog))
    assert "until the new one can be used: too many files are open" in message
    # A signal makes the daemon look at the secret, too, which is another change.
    assert len(failures(caplog)) <= (2 if cause == "SIGHUP" else 1)


def test_a_changed_secret_is_taken_when_the_database_answers_again(
    running: Running, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postponed, "STORE_WAIT", 0.1)
    broken = True

    def deactivate(_: App) -> None:
        if broken:
            raise StoreBusy("the database is locked")

    monkeypatch.setattr(daemon_module, "deactivate_unconfigured", deactivate)
    running.change("a changed secret")
    wait_until(lambda: bool(failures(caplog)), 20)
    running.clock.wait(0.3)
    assert (len(failures(caplog)), running.key) == (1, OLD)
    broken = False
    wait_until(lambda: running.key == NEW, 20)
