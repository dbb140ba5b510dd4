"""The pages behind a real nginx, under a path of its site."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from syncer.web.app.application import Access
from tests.edges.harness import SyncHarness
from tests.nginx import nginx
from tests.waiting import PATIENCE

from .harness import context_of, served
from .parsed_page import ParsedPage

DOCUMENT = (Path(__file__).parents[3] / "docs" / "proxy.md").read_text("utf-8")
WHOLE_PATH, NAMES_PATH = re.findall(r"```nginx\n(.*?)```", DOCUMENT, re.S)
WITHOUT_LOGIN = re.sub(r"auth_basic.*;", "", WHOLE_PATH)
REMOVES_PATH = WITHOUT_LOGIN.replace("8765;", "8765/;")
UNDER_RA = Access(["home.example.org"], base_path="/ra")
TRUSTS_NGINX = Access(["home.example.org"], trusted_proxies=["10.0.0.1", "127.0.0.0/8"])
SITE = "https://retroachievements.org/"  # the only other host that a page links to
ADDRESSES = ("href", "src", "action", "data-chart", "data-version-source")


@contextmanager
def behind_nginx(home: SyncHarness, folder: Path, locations: str, access: Access) -> Iterator[str]:
    """Yield the address of nginx that serves the pages."""
    with (
        served(context_of(home), access) as client,
        nginx(folder, locations.replace("127.0.0.1:8765", f"127.0.0.1:{client.server.port}")) as address,
    ):
        yield address


def get(address: str, **more: object) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(
            address, headers={"Host": "home.example.org"}, timeout=PATIENCE, allow_redirects=False
        )


def addresses_on(text: str) -> set[str]:
    page = ParsedPage()
    page.feed(text)
    found = {tag.get(name) for _, tag in page.tags for name in ADDRESSES}
    return {address for address in found if address and not address.startswith(("#", SITE))}


def crawl(origin: str, start: str, depth: int) -> dict[str, int]:
    """Return the status of every address that at most so many links lead to from a page."""
    statuses: dict[str, int] = {}
    level = {start}
    for _ in range(depth + 1):
        linked: set[str] = set()
        for path in level:
            answer = get(origin + path)
            statuses[path] = answer.status_code
            if answer.headers["Content-Type"].startswith("text/html"):
                linked |= addresses_on(answer.text)
        level = linked - statuses.keys()
    return statuses


WAYS = {
    "path passed on": (WITHOUT_LOGIN, UNDER_RA),
    "path removed": (REMOVES_PATH, UNDER_RA),
    "path in a header": (NAMES_PATH, TRUSTS_NGINX),
}
EVERYTHING = 1000  # more links than lead to any page


@pytest.mark.parametrize(
    ("way", "depth"),
    [
        ("path passed on", EVERYTHING),
        # The pages get the path from one place, whichever way it came there.
        *(("path removed", 1), ("path in a header", 1)),
        pytest.param("path removed", EVERYTHING, marks=pytest.mark.soak),
        pytest.param("path in a header", EVERYTHING, marks=pytest.mark.soak),
    ],
)
def test_every_address_stays_below_the_path(home: SyncHarness, tmp_path: Path, way: str, depth: int) -> None:
    with behind_nginx(home, tmp_path, *WAYS[way]) as origin:
        statuses = crawl(origin, "/ra/", depth)
        assert {path for path in statuses if not path.startswith("/ra/")} == set()
        assert {path: status for path, status in statuses.items() if status != 200} == {}
        assert len(statuses) > (40 if depth == EVERYTHING else 20)
        for path in ("/ra/nowhere", "/ra/data/nowhere", "/ra/games/x"):
            missing = get(origin + path)
            assert missing.status_code == 404
            assert all(address.startswith("/ra/") for address in addresses_on(missing.text))
        icon = get(origin + "/ra/favicon.ico")
        assert icon.headers["Location"].startswith("/ra/static/icon.svg?v=")
        assert requests.post(f"{origin}/ra/API/API_GetUserProgress.php", timeout=PATIENCE).status_code == 422
