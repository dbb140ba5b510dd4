"""serve, and run with pages: as interactive, in processes of their own."""

import logging
import signal
import socket
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any

import pytest
import requests

from syncer.cli.support.config import reload_config
from syncer.telemetry.log import RedactingFormatter

from .simulated_site import KEY, Site, run_cli

WEB = '\n[web]\nenabled = true\nport = 0\nallowed_hosts = ["nas.local"]\n'


def until(stream: IO[str] | None, words: str) -> str:
    """The first line that holds them."""
    assert stream
    return next(line for line in stream if words in line)


def got(address: str, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address, timeout=20, **more)


def ended(process: Any, number: int) -> int:
    process.send_signal(number)
    process.communicate(timeout=20)
    return int(process.returncode)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_shows_what_is_stored_until_it_is_told_to_end(site: Site, number: int) -> None:
    run_cli(site, "sync")
    process = site.start("serve", "--port", "0")
    address = until(process.stdout, "http://127.0.0.1:").strip()
    files = {
        file.name: file.read_bytes() for file in site.folder.glob("syncer.db*") if "-shm" not in file.name
    }
    page = got(address)
    assert (page.status_code, "Tester" in page.text) == (200, True)
    assert got(address, headers={"Host": "evil.org"}).status_code == 400
    assert ended(process, number) == 0
    assert {name: (site.folder / name).read_bytes() for name in files} == files


def test_run_serves_pages_and_looks_on_time_among_slow_clients(site: Site) -> None:
    path = site.configure(every="1s")
    path.write_text(path.read_text() + WEB)
    process = site.start("run")
    address = until(process.stderr, "pages at").split()[-1]
    port, seen = int(address.rstrip("/").rpartition(":")[2]), set[str]()
    with ExitStack() as stack:
        for _ in range(100):
            slow = stack.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=20)))
            slow.sendall(b"GET / HTTP/1.1\r\nHost: local")
        while len(seen) < 3:  # each look is another version
            seen.add(got(f"{address}data/version", headers={"Host": "nas.local"}).text)
        assert ended(process, signal.SIGTERM) == 0


def test_a_taken_port_ends_both_before_anything_is_asked(site: Site) -> None:
    run_cli(site, "db", "upgrade")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        said = run_cli(site, "serve", "--port", str(port))
        assert (said.code, said.out) == (69, "")
        assert f"127.0.0.1:{port}: another program uses that port" in said.err
        path = site.configure()
        path.write_text(path.read_text() + WEB.replace("port = 0", f"port = {port}"))
        asked = len(site.server.requests)
        said = run_cli(site, "run")
        assert (said.code, "another program uses that port" in said.err) == (69, True)
        assert len(site.server.requests) == asked


def test_pages_for_others_are_warned_of(site: Site, tmp_path: Path) -> None:
    path = site.configure()
    path.write_text(path.read_text() + WEB + 'host = "0.0.0.0"\n')
    assert "anyone who reaches this address can read them" in run_cli(site, "config", "check").err
    said = run_cli(site, "serve", "--host", "192.0.2.1", "--port", "1")
    assert (said.code, "no login" in said.err) == (69, False) or "no login" in said.err


def test_serve_makes_no_database(site: Site) -> None:
    assert run_cli(site, "serve").code == 78
    assert not (site.folder / "syncer.db").exists()


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("port = 70000", "port"),
        ('host = "http://x"', "is not an address to listen on"),
        ('allowed_hosts = ["*"]', "is not a list of names"),
        ('allowed_hosts = ["a.b/c"]', "is not a list of names"),
        ("prot = 1", "did you mean port?"),
    ],
)
def test_what_cannot_be_served_is_a_problem_of_the_configuration(
    site: Site, setting: str, problem: str
) -> None:
    path = site.configure()
    path.write_text(path.read_text() + f"\n[web]\n{setting}\n")
    said = run_cli(site, "config", "check")
    assert (said.code, problem in said.out + said.err) == (78, True), said


def test_a_configuration_that_is_reload_config_reaches_pages_and_metrics(site: Site) -> None:
    run_cli(site, "sync")
    path = site.configure()
    path.write_text(path.read_text() + WEB)
    process = site.start("run")
    address = until(process.stderr, "pages at").split()[-1]
    text = path.read_text().replace('"UTC"', '"Asia/Tokyo"').replace("games", 'username = "Tester"\ngames')
    path.write_text(text + '[[players]]\nusername = "Other"\ngames = [1]\n')
    process.send_signal(signal.SIGHUP)
    until(process.stderr, "was read again")
    assert "Asia/Tokyo" in got(f"{address}changes").text
    # From zero, before anything happened, so that the first time is seen as a rise.
    assert 'syncer_runs_total{outcome="interrupted",player="Other"} 0.0' in got(f"{address}metrics").text
    assert ended(process, signal.SIGTERM) == 0


def test_secrets_of_a_configuration_that_is_reload_config_are_hidden_like_the_old_ones(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, key = logging.StreamHandler(), "another0canary0another0canary000"
    handler.setFormatter(RedactingFormatter([KEY], as_json=False))
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    path = site.configure()
    path.write_text(path.read_text() + '[health]\nping_url = "https://example.org/canary0ping"\n')
    (site.folder / "key").write_text(key)
    reload_config(path)
    said = handler.format(logging.makeLogRecord({"msg": f"{KEY} {key} https://example.org/canary0ping"}))
    assert said.endswith("*** *** ***")
