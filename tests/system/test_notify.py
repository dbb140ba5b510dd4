"""Notifications by the real commands and a real daemon, to a server that remembers them."""

import os
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from syncer.core.clock import SystemClock
from syncer.notify import Service, invalid_urls
from tests.edges.fake_notify_server import SECRET, FakeNotifyServer
from tests.waiting import wait_until

from .simulated_site import CliResult, Site, run_cli
from .test_daemon import stop, wait_for_snapshots

clock = SystemClock()
UNLOCKED = "Tester: 1 achievement in Game 1, +25 points: Lucky Compass"


@pytest.fixture
def server() -> Iterator[FakeNotifyServer]:
    with FakeNotifyServer() as made:
        yield made


Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def daemon(site: Site) -> Iterator[Start]:
    """Return a function that starts a daemon; all are killed at the end."""
    children: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        children.append(site.start("run"))
        return children[-1]

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
            child.communicate()


def configure_services(site: Site, *urls: str, every: str = "15m", games: str = "[1, 2, 3, 4]") -> Path:
    """Write the URLs into a file, as a user would."""
    folder = site.folder / "services"
    folder.mkdir(exist_ok=True)
    (folder / "key").write_text("\n".join(urls) + "\n")
    (folder / "key").chmod(0o600)
    path = site.configure(every=every, games=games)
    path.write_text(path.read_text() + '[notify]\nurls_file = "services/key"\n')
    return path


def output_of(result: CliResult) -> str:
    """Return what a command printed; it must not contain the secret."""
    text = result.out + result.err
    assert SECRET not in text
    return text


def delivered(site: Site) -> list[bool]:
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        rows = connection.execute("SELECT delivered_at IS NOT NULL FROM messages ORDER BY id").fetchall()
    connection.close()
    return [bool(row[0]) for row in rows]


def test_sync_delivers_messages_and_keeps_those_that_are_not_accepted(
    site: Site, server: FakeNotifyServer
) -> None:
    configure_services(site, server.url)
    assert run_cli(site, "sync").code == 0
    assert server.accepted == []  # the first poll is no change
    server.status = 500
    site.earn(1)
    assert "does not accept messages: it answered 500" in output_of(run_cli(site, "sync", "-v"))
    assert delivered(site) == [False]
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute("UPDATE messages SET next_attempt_at = created_at")  # as a minute later
    connection.close()
    server.status = 200
    output_of(run_cli(site, "sync", "-v"))
    run_cli(site, "sync")
    assert server.accepted == [UNLOCKED]
    assert delivered(site) == [True]
    assert "delivered" in output_of(run_cli(site, "notify", "list"))


def test_no_output_contains_a_url(site: Site, server: FakeNotifyServer) -> None:
    configure_services(site, server.url, f"discord://{SECRET}id/{SECRET}token")
    run_cli(site, "sync")
    for words in ("config check", "config show", "config show --json", "doctor --offline", "notify test -v"):
        output_of(run_cli(site, *words.split()))
    assert SECRET not in repr(Service("json-0000", server.url))
    environ = {"SYNCER_NOTIFY__URLS": f"{server.url}, json://{SECRET}"}
    assert "***" in output_of(run_cli(site, "config", "show", environ=environ))


def test_notify_test_reports_for_each_service_whether_it_works(site: Site, server: FakeNotifyServer) -> None:
    with FakeNotifyServer() as stopped:
        closed = stopped.url
    configure_services(site, server.url, closed)
    result = run_cli(site, "notify", "test")
    assert result.code == 69
    first, second = output_of(result).splitlines()
    assert first.startswith("json-")
    assert first.endswith(": accepted the message")
    assert second.endswith(": no answer")
    assert server.accepted == ["This is a test. Messages about your progress will arrive like this one."]
    configure_services(site, server.url)
    assert run_cli(site, "notify", "test").code == 0
    server.status = 403
    assert "it answered 403" in output_of(run_cli(site, "notify", "test"))
    site.configure()
    assert (run_cli(site, "notify", "test").code, len(server.accepted)) == (78, 2)


def test_all_invalid_urls_are_reported_at_once_and_not_shown(site: Site) -> None:
    path = configure_services(site, f"discrod://{SECRET}/{SECRET}", f"discord://{SECRET}", f"json://{SECRET}")
    path.write_text(path.read_text() + 'on = ["masterd", "unlocks"]\n')
    for command in ("config check", "run", "sync", "notify test"):
        result = run_cli(site, *command.split())
        assert result.code == 78
    text = output_of(result)
    assert "number 1 (discrod://…) is a service unknown to apprise; did you mean discord?" in text
    assert "number 2 (discord://…) is not a valid apprise URL for this service" in text
    assert "number 3" not in text
    assert "'masterd' is not a kind of message; did you mean mastered?" in text
    result = run_cli(site, "config", "check", environ={"SYNCER_NOTIFY__URLS_FILE": "/nowhere/at/all"})
    assert "$SYNCER_NOTIFY__URLS_FILE: the file cannot be read" in result.err
    result = run_cli(site, "config", "check", environ={"SYNCER_NOTIFY__URLS": f"{SECRET},json://x"})
    assert "number 1 does not begin with the kind of service" in output_of(result)


def test_without_apprise_the_error_names_the_package_to_install(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cli(site, "sync")
    configure_services(site, "ntfys://topic")
    monkeypatch.setattr("syncer.cli.support.extras.find_spec", lambda name: None)
    for words, code in {"status": 0, "at now": 0, "sync": 78, "notify test": 78, "config check": 78}.items():
        result = run_cli(site, *words.split())
        assert (result.code, "pip install '.[notify]'" in result.err) == (code, True), words
    site.configure()
    assert run_cli(site, "config", "check").code == 0


def test_without_the_driver_a_postgresql_url_names_what_to_install(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cli(site, "sync")
    monkeypatch.setattr("syncer.cli.support.extras.find_spec", lambda name: None)
    url = "postgresql://tester@127.0.0.1/history"
    for words, environ in (("db copy " + url, {}), ("status", {"SYNCER_DATABASE__URL": url})):
        result = run_cli(site, *words.split(), environ=environ)
        assert (result.code, "pip install '.[postgres]'" in result.err) == (78, True), result.err


def test_an_exception_in_apprise_is_reported_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service("json-0000", f"json://{SECRET}")
    assert service.send("one") == "no answer"

    def broken(*_: object, **more: object) -> None:
        raise RuntimeError(f"at json://{SECRET}")

    monkeypatch.setattr(service._plugin, "notify", broken)
    assert service.send("two") == "a RuntimeError in apprise"
    assert invalid_urls([f"json://{SECRET}"]) == []


def test_a_message_is_delivered_once_if_the_process_is_killed_before_the_delivery(
    site: Site, server: FakeNotifyServer, daemon: Start
) -> None:
    """The service hangs meanwhile and delays no run. After SIGHUP another one delays no shutdown."""
    configure_services(site, server.url, every="1s")
    assert run_cli(site, "sync").code == 0
    server.hang.set()
    child = daemon()
    site.earn(1)
    wait_until(lambda: server.requests)
    assert delivered(site) == [False]
    before = len(site.server.requests)
    wait_until(lambda: len(site.server.requests) > before + 2)  # the runs go on
    child.kill()
    assert SECRET not in "".join(child.communicate())
    assert (delivered(site), server.accepted) == ([False], [])
    server.hang.clear()
    child = daemon()
    wait_until(lambda: delivered(site) == [True])
    with FakeNotifyServer() as other:
        configure_services(site, other.url, every="1s", games="[1, 2, 3, 4, 5]")
        child.send_signal(signal.SIGHUP)
        wait_for_snapshots(site, 5, 1)  # by the new configuration
        other.hang.set()
        site.earn(2)
        wait_until(lambda: other.requests)
        err = stop(child)
    assert (SECRET in err, "Traceback" in err) == (False, False)
    assert (server.accepted, server.requests, delivered(site)) == ([UNLOCKED], 2, [True, False])


@pytest.mark.soak
def test_twenty_kills_lose_no_message(site: Site, server: FakeNotifyServer, daemon: Start) -> None:
    """Each of 24 games is completed. A process that is killed before the mark delivers its message again."""
    for game in range(100, 124):
        site.world.add_game(f"Game {game}", [5], game_id=game)
    configure_services(site, server.url, every="1s", games=str(list(range(100, 124))))
    run_cli(site, "sync")
    rng = Random(4)
    for game in range(100, 120):
        child = daemon()
        site.earn(game)
        clock.wait(rng.uniform(0.8, 2.5))
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    child = daemon()
    for game in range(120, 124):
        site.earn(game)

    def received() -> Counter[int]:
        text = "\n".join(server.accepted)
        return Counter({game: text.count(f"completed Game {game}:") for game in range(100, 124)})

    wait_until(lambda: all(received().values()) and all(delivered(site)))
    stop(child)
    assert sum(received().values()) <= 24 + 4
