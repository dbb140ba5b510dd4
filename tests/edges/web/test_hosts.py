"""The names and addresses under which the pages answer."""

from collections.abc import Iterator

import pytest

from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.web.api import monitoring
from syncer.web.app.application import Access
from tests.edges.harness import SyncHarness
from tests.fakes import START

from .harness import PageClient, context_of, served
from .raw_client import send_raw

PATHS = ("/", "/data/points", "/static/pages.css", "/nowhere", "/API/API_GetUserProgress.php")
NAMES = ("nas.local", "*.example.org", "FD00::0:1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncHarness]:
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('hosts') / 'syncer.db'}")
    home.poll()
    yield home
    home.close()


@pytest.fixture(scope="module")
def local(home: SyncHarness) -> Iterator[PageClient]:
    """A server for this machine only, with further names."""
    with served(context_of(home), Access(NAMES)) as client:
        yield client


@pytest.fixture(scope="module")
def open_to_all(home: SyncHarness) -> Iterator[PageClient]:
    """A server for the whole network, with its health."""
    unready = HealthReport(START, (PlayerHealth("Tester", "Tester"),))
    with served(
        context_of(home), Access(NAMES, any_ip=True), monitoring.routes(lambda: unready, None)
    ) as client:
        yield client


def statuses(client: PageClient, host: str) -> set[int]:
    return {client.get(path, headers={"Host": host}).status_code for path in PATHS}


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST:8765", "127.0.0.1:1", "[::1]:80", "[0::1]", "localhost:"),
        *("nas.local", "NAS.local:80", "a.example.org", "a.b.example.org", "[fd00::1]:8765"),
    ],
)
def test_names_of_this_machine_and_allowed_ones_are_answered(local: PageClient, host: str) -> None:
    assert 400 not in statuses(local, host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.org", "localhost.evil.org", "evilexample.org", "example.org", "127.0.0.1@evil.org", ""),
        *("localhost, evil.org", "*.example.org", "192.168.0.5", "[fd00::2]", "0x7f.1", "127.1"),
    ],
)
def test_any_other_name_is_refused(local: PageClient, host: str) -> None:
    assert statuses(local, host) == {400}


@pytest.mark.parametrize("host", ["192.168.0.5:8765", "10.0.0.1", "[2001:db8::5]:8765", "localhost"])
def test_a_server_for_the_network_answers_to_any_ip_address(open_to_all: PageClient, host: str) -> None:
    assert 400 not in statuses(open_to_all, host)


@pytest.mark.parametrize("host", ["evil.org", "192.168.0.5.evil.org", "192.168.0.300", "1", "0x7f.1", "[::1"])
def test_a_server_for_the_network_refuses_other_names(open_to_all: PageClient, host: str) -> None:
    assert statuses(open_to_all, host) == {400}


def test_refusal_names_the_setting_and_what_to_add(local: PageClient) -> None:
    answer = local.get("/", headers={"Host": "Pi.lan:8765"})
    assert "does not know the name pi.lan. " in answer.text
    assert "[web] allowed_hosts" in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    for hostile in ("<script>", "a b", "x" * 300):
        assert hostile not in local.get("/", headers={"Host": hostile}).text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_answers_to_any_host(open_to_all: PageClient, path: str) -> None:
    wanted = open_to_all.get(path).status_code
    assert wanted == (503 if path == "/readyz" else 200)
    for host in ("evil.org", "", "a b", "syncer.default.svc:8765"):
        assert open_to_all.get(path, headers={"Host": host}).status_code == wanted
    old = send_raw(open_to_all, f"GET {path} HTTP/1.0\r\n\r\n".encode())
    assert old.startswith(f"HTTP/1.1 {wanted} ".encode())


def test_a_foreign_page_learns_no_name_from_the_health(open_to_all: PageClient) -> None:
    assert "Tester" in open_to_all.get("/readyz").text
    foreign = open_to_all.get("/readyz", headers={"Host": "evil.org"}).text
    assert ("Tester" in foreign, "syncer health" in foreign) == (False, True)
