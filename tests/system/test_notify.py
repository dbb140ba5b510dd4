"""Messages by the real commands and a real daemon, to a server that remembers them."""

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

from .simulated_site import CliResult, Site, run_cli
from .test_daemon import end, until

clock = SystemClock()
UNLOCKED = "Tester: 1 achievement in Game 1, +25 points: Lucky Compass"


@pytest.fixture
def box() -> Iterator[FakeNotifyServer]:
    with FakeNotifyServer() as made:
        yield made


Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def daemon(site: Site) -> Iterator[Start]:
    """Starts one; none is left behind."""
    children: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        children.append(site.start("run"))
        return children[-1]

    yield start
    for child in children:
        if child.poll() is None:
            child.kill()
            child.communicate()


def told(site: Site, *urls: str, every: str = "15m", games: str = "[1, 2, 3, 4]") -> Path:
    """The addresses stand in a file of their own, as a user would have it."""
    folder = site.folder / "services"
    folder.mkdir(exist_ok=True)
    (folder / "key").write_text("\n".join(urls) + "\n")
    (folder / "key").chmod(0o600)
    path = site.configure(every=every, games=games)
    path.write_text(path.read_text() + '[notify]\nurls_file = "services/key"\n')
    return path


def heard(said: CliResult) -> str:
    """What a command said, with nothing of the address in it."""
    text = said.out + said.err
    assert SECRET not in text
    return text


def delivered(site: Site) -> list[bool]:
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        rows = connection.execute("SELECT delivered_at IS NOT NULL FROM messages ORDER BY id").fetchall()
    connection.close()
    return [bool(row[0]) for row in rows]


def test_a_sync_tells_what_it_found_and_keeps_what_is_not_taken(site: Site, box: FakeNotifyServer) -> None:
    told(site, box.url)
    assert run_cli(site, "sync").code == 0
    assert box.taken == []  # a baseline
    box.status = 500
    site.earn(1)
    assert "does not take messages: it answered 500" in heard(run_cli(site, "sync", "-v"))
    assert delivered(site) == [False]
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        connection.execute("UPDATE messages SET next_attempt_at = created_at")  # as a minute later
    connection.close()
    box.status = 200
    heard(run_cli(site, "sync", "-v"))
    run_cli(site, "sync")
    assert box.taken == [UNLOCKED]
    assert delivered(site) == [True]
    assert "delivered" in heard(run_cli(site, "notify", "list"))


def test_nothing_shows_an_address(site: Site, box: FakeNotifyServer) -> None:
    told(site, box.url, f"discord://{SECRET}id/{SECRET}token")
    run_cli(site, "sync")
    for words in ("config check", "config show", "config show --json", "doctor --offline", "notify test -v"):
        heard(run_cli(site, *words.split()))
    assert SECRET not in repr(Service("json-0000", box.url))
    environ = {"SYNCER_NOTIFY__URLS": f"{box.url}, json://{SECRET}"}
    assert "***" in heard(run_cli(site, "config", "show", environ=environ))


def test_the_test_says_of_each_service_whether_it_works(site: Site, box: FakeNotifyServer) -> None:
    with FakeNotifyServer() as shut:
        closed = shut.url
    told(site, box.url, closed)
    said = run_cli(site, "notify", "test")
    assert said.code == 69
    first, second = heard(said).splitlines()
    assert first.startswith("json-")
    assert first.endswith(": took the message")
    assert second.endswith(": no answer")
    assert box.taken == ["A test: messages about your progress will come this way."]
    told(site, box.url)
    assert run_cli(site, "notify", "test").code == 0
    box.status = 403
    assert "it answered 403" in heard(run_cli(site, "notify", "test"))
    site.configure()
    assert (run_cli(site, "notify", "test").code, len(box.taken)) == (78, 2)


def test_every_bad_address_is_told_at_once_and_nothing_of_it(site: Site) -> None:
    path = told(site, f"discrod://{SECRET}/{SECRET}", f"discord://{SECRET}", f"json://{SECRET}")
    path.write_text(path.read_text() + 'on = ["masterd", "unlocks"]\n')
    for command in ("config check", "run", "sync", "notify test"):
        said = run_cli(site, *command.split())
        assert said.code == 78
    text = heard(said)
    assert "number 1 (discrod://…) is no service that apprise knows; did you mean discord?" in text
    assert "number 2 (discord://…) is not as apprise wants it" in text
    assert "number 3" not in text
    assert "'masterd' is nothing to be told; did you mean mastered?" in text
    said = run_cli(site, "config", "check", environ={"SYNCER_NOTIFY__URLS_FILE": "/nowhere/at/all"})
    assert "$SYNCER_NOTIFY__URLS_FILE: the file cannot be read" in said.err
    said = run_cli(site, "config", "check", environ={"SYNCER_NOTIFY__URLS": f"{SECRET},json://x"})
    assert "number 1 does not begin with the kind of service" in heard(said)


def test_without_apprise_the_configuration_says_what_to_type(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(site, "ntfys://topic")
    monkeypatch.setattr("syncer.config.services.find_spec", lambda name: None)
    said = run_cli(site, "status")
    assert (said.code, "pip install 'ra-syncer[notify]'" in said.err) == (78, True)
    site.configure()
    assert run_cli(site, "config", "check").code == 0


def test_a_library_that_breaks_says_nothing_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service("json-0000", f"json://{SECRET}")
    assert service.send("one") == "no answer"

    def broken(*_: object, **more: object) -> None:
        raise RuntimeError(f"at json://{SECRET}")

    monkeypatch.setattr(service._plugin, "notify", broken)
    assert service.send("two") == "a RuntimeError in apprise"
    assert invalid_urls([f"json://{SECRET}"]) == []


def test_killed_between_the_runs_commit_and_its_message_it_is_told_exactly_once(
    site: Site, box: FakeNotifyServer, daemon: Start
) -> None:
    """The service hangs meanwhile, and delays no run. After SIGHUP another one does, and delays no end."""
    told(site, box.url, every="1s")
    assert run_cli(site, "sync").code == 0
    box.shut.set()
    child = daemon()
    site.earn(1)
    until(lambda: box.asked)
    assert delivered(site) == [False]
    asked = len(site.server.requests)
    until(lambda: len(site.server.requests) > asked + 2)  # the runs go on
    child.kill()
    assert SECRET not in "".join(child.communicate())
    assert (delivered(site), box.taken) == ([False], [])
    box.shut.clear()
    child = daemon()
    until(lambda: delivered(site) == [True])
    with FakeNotifyServer() as other:
        told(site, other.url, every="1s")
        child.send_signal(signal.SIGHUP)
        asked = len(site.server.requests)
        until(lambda: len(site.server.requests) > asked + 2)
        other.shut.set()
        site.earn(2)
        until(lambda: other.asked)
        err = end(child)
    assert (SECRET in err, "Traceback" in err) == (False, False)
    assert (box.taken, box.asked, delivered(site)) == ([UNLOCKED], 2, [True, False])


@pytest.mark.soak
def test_twenty_kills_lose_no_message(site: Site, box: FakeNotifyServer, daemon: Start) -> None:
    """Each of 24 games is completed. Killed just before its mark is written, a message may be doubled."""
    for game in range(100, 124):
        site.world.add_game(f"Game {game}", [5], game_id=game)
    told(site, box.url, every="1s", games=str(list(range(100, 124))))
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

    def seen() -> Counter[int]:
        said = "\n".join(box.taken)
        return Counter({game: said.count(f"completed Game {game}:") for game in range(100, 124)})

    until(lambda: all(seen().values()) and all(delivered(site)), 30)
    end(child)
    assert sum(seen().values()) <= 24 + 4
