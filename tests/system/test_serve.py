"""`syncer serve`, and `syncer run` with pages, each in its own process."""

import fcntl
import logging
import os
import pty
import signal
import socket
import termios
from contextlib import ExitStack, closing
from typing import IO, Any

import pytest
import requests

from syncer.cli.support.config import reload_config
from syncer.telemetry.log import RedactingFormatter
from tests.waiting import PATIENCE

from .simulated_site import KEY, Site, run_cli

WEB = '\n[web]\nenabled = true\nport = 0\nallowed_hosts = ["nas.local"]\n'


def wait_for_line(stream: IO[str] | None, text: str) -> str:
    """Return the first line that contains the text."""
    assert stream
    return next(line for line in stream if text in line)


def get(address: str, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(address, timeout=PATIENCE, **more)


def stop(process: Any, number: int) -> int:
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    return int(process.returncode)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_shows_the_database_unchanged_until_a_signal(site: Site, number: int) -> None:
    run_cli(site, "sync")
    process = site.start("serve", "--port", "0")
    address = wait_for_line(process.stdout, "http://127.0.0.1:").strip()
    files = {
        file.name: file.read_bytes() for file in site.folder.glob("syncer.db*") if "-shm" not in file.name
    }
    page = get(address)
    assert (page.status_code, "Tester" in page.text) == (200, True)
    assert get(address, headers={"Host": "evil.org"}).status_code == 400
    process.send_signal(signal.SIGHUP)  # "read the configuration again": harmless
    assert get(address).status_code == 200
    assert stop(process, number) == 0
    assert {name: (site.folder / name).read_bytes() for name in files} == files


def test_serve_ends_when_its_terminal_is_closed(site: Site) -> None:
    run_cli(site, "sync")
    ours, its = pty.openpty()

    def own_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = site.start("serve", "--port", "0", stdin=its, start_new_session=True, preexec_fn=own_terminal)
    os.close(its)
    wait_for_line(process.stdout, "http://127.0.0.1:")
    os.close(ours)  # the kernel sends SIGHUP
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_run_serves_pages_and_polls_on_time_with_slow_clients(site: Site) -> None:
    path = site.configure(every="1s")
    path.write_text(path.read_text() + WEB)
    process = site.start("run")
    address = wait_for_line(process.stderr, "pages at").split()[-1]
    port, versions = int(address.rstrip("/").rpartition(":")[2]), set[str]()
    with ExitStack() as stack:
        for _ in range(100):
            slow = stack.enter_context(
                closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
            )
            slow.sendall(b"GET / HTTP/1.1\r\nHost: local")
        while len(versions) < 3:  # each poll is another version
            versions.add(get(f"{address}data/version", headers={"Host": "nas.local"}).text)
        assert stop(process, signal.SIGTERM) == 0


def test_used_port_ends_both_before_any_request(site: Site) -> None:
    site.prepare_database()
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        result = run_cli(site, "serve", "--port", str(port))
        assert (result.code, result.out) == (69, "")
        assert f"127.0.0.1:{port}: another program uses that port" in result.err
        path = site.configure()
        path.write_text(path.read_text() + WEB.replace("port = 0", f"port = {port}"))
        requests_before = len(site.server.requests)
        result = run_cli(site, "run")
        assert (result.code, "another program uses that port" in result.err) == (69, True)
        assert len(site.server.requests) == requests_before


def test_pages_for_a_network_raise_a_warning(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text() + WEB + 'host = "0.0.0.0"\n')
    assert "anyone who reaches this address can read them" in run_cli(site, "config", "check").err


def test_serve_warns_once_of_an_address_that_others_can_reach(site: Site) -> None:
    run_cli(site, "db", "upgrade")
    path = site.configure()
    path.write_text(path.read_text() + '[web]\nenabled = true\nhost = "192.0.2.1"\n')
    for options in ((), ("--host", "192.0.2.1")):
        result = run_cli(site, "serve", *options)
        assert (result.code, result.err.count("no login")) == (69, 1), result.err


def test_serve_creates_no_database(site: Site) -> None:
    assert run_cli(site, "serve").code == 78
    assert not (site.folder / "syncer.db").exists()


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("port = 70000", "port"),
        ('host = "http://x"', "is not an address to listen on"),
        ('allowed_hosts = ["*"]', "is not a list of names"),
        ('allowed_hosts = ["a.b/c"]', "is not a list of names"),
        ('base_path = "//evil.org"', "'//evil.org' is not a path"),
        ('base_path = "https://x/ra"', "is not a path"),
        ('base_path = "/games"', "begins like the address of a page"),
        ("base_path = 7", "is not a path"),
        ('trusted_proxies = ["nginx"]', "is not a list of IP addresses"),
        ("trusted_proxies = [1]", "is not a list of IP addresses"),
        ("prot = 1", "did you mean port?"),
        ('host = "192.168.0.300"', "is not an address to listen on"),
        ('host = "eth0"', "'eth0' is not the name of an address of this machine"),
    ],
)
def test_invalid_web_setting_is_a_problem_of_the_configuration(
    site: Site, setting: str, problem: str
) -> None:
    path = site.configure()
    path.write_text(path.read_text() + f"\n[web]\n{setting}\n")
    result = run_cli(site, "config", "check")
    assert (result.code, problem in result.out + result.err) == (78, True), result


def test_reloaded_configuration_reaches_pages_and_metrics(site: Site) -> None:
    run_cli(site, "sync")
    path = site.configure()
    path.write_text(path.read_text() + WEB)
    process = site.start("run")
    address = wait_for_line(process.stderr, "pages at").split()[-1]
    assert "unlocked on the account" in get(address).text
    text = path.read_text().replace('"UTC"', '"Asia/Tokyo"')
    text = text.replace("games", 'username = "Tester"\nunlocks = false\ngames')
    path.write_text(text + '[[players]]\nusername = "Other"\ngames = [1]\n')
    process.send_signal(signal.SIGHUP)
    wait_for_line(process.stderr, "was reloaded")
    assert "Asia/Tokyo" in get(f"{address}changes").text
    assert "unlocked on the account" not in get(f"{address}?player=Tester").text
    # A counter starts at zero, so that Prometheus sees the first event as an increase.
    assert 'syncer_runs_total{outcome="interrupted",player="Other"} 0.0' in get(f"{address}metrics").text
    assert stop(process, signal.SIGTERM) == 0


def test_secrets_of_a_reloaded_configuration_are_redacted_like_the_old_ones(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, key = logging.StreamHandler(), "another0canary0another0canary000"
    handler.setFormatter(RedactingFormatter([KEY], as_json=False))
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    path = site.configure()
    path.write_text(path.read_text() + '[health]\nping_url = "https://example.org/canary0ping"\n')
    (site.folder / "key").write_text(key)
    reload_config(path)
    result = handler.format(logging.makeLogRecord({"msg": f"{KEY} {key} https://example.org/canary0ping"}))
    assert result.endswith("*** *** ***")
