"""Faults of the network that no test of the transport has."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme

from syncer.core.errors import SiteUnavailable
from tests.edges.raw_server import RawServer, answer
from tests.edges.transport.harness import failure


def test_n05_an_expired_certificate_is_the_sites_failure(tmp_path: Path) -> None:
    authority, ended = trustme.CA(), datetime(2020, 1, 1, tzinfo=UTC)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_before=ended.replace(year=2019), not_after=ended).configure_cert(
        context
    )
    with RawServer(answer(), tls=context) as server:
        error = failure(
            SiteUnavailable, server, scheme="https", host="localhost", ca_file=str(tmp_path / "ca.pem")
        )
    assert "the machine's clock" in error.hint
    assert server.requests == []  # the key was not sent
