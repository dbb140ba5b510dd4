"""Hosts that get requests and the key, and hosts that cannot be reached."""

import socket
import time
from pathlib import Path

import pytest

from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import ConfigError, SiteUnavailable, TransientError
from tests.edges.raw_server import JSON_HEAD, RawServer, answer
from tests.waiting import SLACK

from .harness import KEY, SOON, black_hole, failure, get


def test_a_redirect_is_returned_and_not_followed() -> None:
    with RawServer(answer()) as target:
        moved = answer("moved", "302 Found", f"Location: http://127.0.0.1:{target.port}/API/API_X.php")
        with RawServer(moved) as server:
            assert get(server).status == 302
        assert target.connections == 0


@pytest.mark.parametrize("target", ["http://[bad", "http://x:99999999/", "\x00", "//", "javascript:alert(1)"])
def test_an_invalid_redirect_target_breaks_nothing(target: str) -> None:
    with RawServer(answer("moved", "302 Found", f"Location: {target}")) as server:
        assert get(server).status == 302


def test_the_library_logs_an_invalid_header_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    with RawServer((JSON_HEAD + b"no colon here\r\n\r\n{}",)) as server:
        get(server)
    assert "Failed to parse headers" in caplog.text  # the fixture above looks for the key


def test_the_key_is_removed_from_the_body() -> None:
    with RawServer(answer(f'{{"url":"/API?y={KEY}"}}')) as server:
        assert get(server).body == b'{"url":"/API?y=[key]"}'


def test_a_refused_connection_means_the_site_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    failure(SiteUnavailable, port)


@pytest.mark.parametrize("host", ["no.invalid", "a" * 70 + ".invalid"])
def test_an_unknown_host_name_means_the_site_is_unavailable(host: str) -> None:
    failure(SiteUnavailable, 443, scheme="https", host=host)


def test_a_connection_that_is_not_accepted_is_a_transient_error() -> None:
    began = time.monotonic()
    with black_hole() as port:
        failure(TransientError, port, timeout=SOON)
    assert time.monotonic() - began < SOON + SLACK


@pytest.mark.parametrize("url", ["http://retroachievements.org/API", "ftp://127.0.0.1/", "127.0.0.1", ""])
def test_plain_http_to_another_machine_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Transport(url, KEY, clock=SystemClock())


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ConfigError):
        Transport("https://localhost/API", "", clock=SystemClock())


def test_proxies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer(answer()) as proxy, RawServer(answer()) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        get(server)
    assert proxy.connections == 0
    assert b"Authorization" not in server.requests[0]
