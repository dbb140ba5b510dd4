"""Connections with the same authorities share one TLS context, which checks as one of their own would."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import urllib3
from urllib3.util.ssl_ import create_urllib3_context

from syncer.api import tls
from syncer.api.tls import shared_context
from syncer.core.errors import SiteUnavailable
from tests.edges.raw_server import RawServer, answer

from .harness import Authority, failure, secure, transport


@pytest.fixture
def other(tmp_path: Path) -> Authority:
    folder = tmp_path / "other"
    folder.mkdir()
    return Authority(folder)


def test_many_transports_to_one_site_make_one_context(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ssl.SSLContext] = []

    def make(**options: Any) -> ssl.SSLContext:
        made.append(create_urllib3_context(**options))
        return made[-1]

    for module in (tls, urllib3.connection):  # where we make one, and where each connection made its own
        monkeypatch.setattr(module, "create_urllib3_context", make)
    with RawServer(answer(), tls=authority.context()) as server:
        senders = [transport(server.port, **secure(authority)) for _ in range(5)]
        assert [sender.get("x", {}).status for sender in senders for _ in range(2)] == [200] * 10
    assert (server.connections, len(made)) == (5, 1)


def test_each_file_has_a_context_of_its_own(authority: Authority, other: Authority) -> None:
    assert shared_context(authority.file) is shared_context(authority.file)
    assert shared_context(authority.file) is not shared_context(other.file)


def test_an_authority_of_another_player_is_not_trusted(authority: Authority, other: Authority) -> None:
    for mine, foreign in ((authority, other), (other, authority)):
        with RawServer(answer(), tls=mine.context()) as server:
            assert transport(server.port, **secure(mine)).get("x", {}).status == 200
            failure(SiteUnavailable, server, **secure(foreign))
        assert len(server.requests) == 1


def test_names_are_still_checked_after_a_connection_that_was_right(authority: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        transport(server.port, **secure(authority)).get("x", {})
    with RawServer(answer(), tls=authority.context("elsewhere.test")) as server:
        failure(SiteUnavailable, server, **secure(authority))
    assert server.requests == []


def test_a_replaced_file_counts_from_the_next_connection_on(authority: Authority, other: Authority) -> None:
    with RawServer(answer(), tls=authority.context()) as server:
        transport(server.port, **secure(authority)).get("x", {})
        Path(authority.file).write_bytes(Path(other.file).read_bytes())
        failure(SiteUnavailable, server, **secure(authority))
    with RawServer(answer(), tls=other.context()) as server:
        assert transport(server.port, **secure(authority)).get("x", {}).status == 200
