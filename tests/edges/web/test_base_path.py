"""The path before the pages: from the configuration, or from a trusted proxy; from nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from starlette.routing import Mount, Route

from syncer.core.base_path import MAX_LENGTH, OWN_NAMES, parse_base_path
from syncer.core.monitoring.health import HealthReport
from syncer.telemetry.metrics import Metrics
from syncer.web.api import monitoring
from syncer.web.app.application import Access, create_app
from syncer.web.asgi.base_path import HEADER
from syncer.web.asgi.server import PageServer
from syncer.web.routes import routes
from tests.edges.harness import SyncHarness
from tests.fakes import START

from .harness import PageClient, context_of, served
from .raw_client import CLOSE, send_raw
from .test_listen import needs_ipv6

US = ("127.0.0.1",)
MONITORED = monitoring.routes(lambda: HealthReport(START), Metrics([], lambda: HealthReport(START)))
HOSTILE = [
    *("//evil.org", "/\\evil.org", "https://evil.org", "javascript:alert(1)", '/ra"><script>', "/ra?x="),
    *("/..", "/ra/../..", "/ra/./x", "/ra//evil.org", "/%2e%2e", "/r a", "/ra;x", "/ra#", "/ra, /evil"),
    *("/rä", "/a" * 200, "/games", "/static/x", "/API"),
]


def home_link(client: PageClient, headers: dict[str, str]) -> str:
    """Return the address of the overview on a page that is asked for with these headers."""
    text = client.get("/nowhere", headers=headers).text
    return text.partition('<p class="brand"><a href="')[2].partition('"')[0]


@contextmanager
def trusting(home: SyncHarness, *proxies: str, base_path: str = "") -> Iterator[PageClient]:
    with served(context_of(home), Access((), False, base_path, proxies), MONITORED) as client:
        yield client


@pytest.mark.parametrize("proxies", [(), ("127.0.0.2", "10.0.0.0/8", "::1")])
def test_a_path_from_anybody_else_means_nothing_and_is_logged_once(
    home: SyncHarness, proxies: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with trusting(home, *proxies) as client:
        assert [home_link(client, {HEADER: "/ra"}) for _ in range(3)] == ["/"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "X-Forwarded-Prefix from 127.0.0.1 is ignored: if that is your proxy, add it to [web] trusted_proxies"
    ]


def test_a_trusted_proxy_names_the_path(home: SyncHarness) -> None:
    for proxies in (US, ("127.0.0.7/8",), ("::1", "127.0.0.1")):
        with trusting(home, *proxies, base_path="/other") as client:
            sent = ("/ra", "ra/", "/a.b/~c_d-e", "/", "")
            expected = ["/ra/", "/ra/", "/a.b/~c_d-e/", "/", "/"]
            assert [home_link(client, {HEADER: path}) for path in sent] == expected
            assert home_link(client, {}) == "/other/"


@needs_ipv6
def test_a_trusted_proxy_is_known_at_a_socket_for_both_families(home: SyncHarness) -> None:
    app = create_app(context_of(home), routes(), Access(trusted_proxies=US))
    with PageServer(app, "::", 0) as server, requests.Session() as session:
        assert server.address.startswith("http://127.0.0.1:")
        assert home_link(PageClient(server, session), {HEADER: "/ra"}) == "/ra/"


def test_a_hostile_path_reaches_no_page(home: SyncHarness, caplog: pytest.LogCaptureFixture) -> None:
    with trusting(home, *US) as client:
        for path in HOSTILE:
            raw = path.encode().decode("latin-1")
            assert home_link(client, {HEADER: raw}) == "/", path
        twice = CLOSE + f"{HEADER}: /ra\r\n{HEADER}: /ra\r\n\r\n".encode()
        assert b'<p class="brand"><a href="/">' in send_raw(client, twice)
    assert [record.getMessage() for record in caplog.records] == [
        "X-Forwarded-Prefix from 127.0.0.1 is ignored: it is not one path like /ra"
    ]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_harmful_path_is_refused_in_the_configuration_too(path: str) -> None:
    with pytest.raises(ValueError, match=r"is not a path|begins like the address of a page"):
        parse_base_path(path)


def test_the_longest_path_is_accepted() -> None:
    longest = "/" + "x" * (MAX_LENGTH - 1)
    assert parse_base_path(longest) == longest
    assert parse_base_path(" ra/b/ ") == "/ra/b"


def test_no_page_begins_like_a_path_that_is_accepted() -> None:
    paths = {route.path for route in [*routes(), *MONITORED] if isinstance(route, Route | Mount)}
    assert {path.split("/")[1] for path in paths} - {""} == OWN_NAMES


def test_a_page_is_found_with_and_without_the_path(home: SyncHarness) -> None:
    paths = ("/", "/games", "/static/pages.css", "/data/version", "/healthz", "/readyz", "/metrics")
    with trusting(home, base_path="/ra") as client:
        wanted = ["/ra", *paths, *(f"/ra{path}" for path in paths)]
        assert {client.get(path).status_code for path in wanted} == {200}


def test_a_path_that_only_begins_alike_is_another_one(home: SyncHarness) -> None:
    with trusting(home, base_path="/ra") as client:
        assert [client.get(path).status_code for path in ("/rage", "/ra/ra/games", "/ra//games")] == [404] * 3
