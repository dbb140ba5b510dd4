"""What a page costs: bytes that are sent, and index searches in the database."""

import json
from typing import Any

import sqlalchemy as sa

from tests.edges.harness import SyncHarness

from .harness import PageClient
from .parsed_page import DATA, FEEDS, PAGES, read


def test_first_page_view_is_small(client: PageClient) -> None:
    """The bytes of all that a browser loads, compressed."""
    page = read(client, "/")
    loaded = [link for link in page.all("link") if link["rel"] != "alternate"]
    links = [link["href"] for link in loaded] + [script["src"] for script in page.all("script")]
    paths = ["/", "/data/points", *(link for link in links if link)]
    assert sum(sent_bytes(client, path) for path in paths) < 60_000  # the goal is 100 kB
    assert client.get("/").headers["Content-Encoding"] == "gzip"
    assert len(paths) >= 7


def sent_bytes(client: PageClient, path: str) -> int:
    answer = client.get(path, stream=True)
    assert answer.status_code == 200
    return len(answer.raw.read(decode_content=False))


def test_file_is_immutable_under_its_versioned_address(client: PageClient) -> None:
    (sheet,) = (link["href"] for link in read(client, "/games").all("link") if link["rel"] == "stylesheet")
    assert sheet
    assert "immutable" in client.get(sheet).headers["Cache-Control"]
    assert client.get(sheet.partition("?")[0]).headers["Cache-Control"] == "no-cache"
    assert client.get("/favicon.ico").headers["Content-Type"] == "image/svg+xml"
    assert json.loads(client.get("/static/vendor/vendor.json").text)["name"] == "uPlot"


# Tables that grow with every poll, and their aliases in the queries.
GROWING = {"snapshots", "s", "p", "q", "earlier", "later", "runs", "rejections", "unlocks", "u", "e"}
FILTERED = ("/changes?kind=reset", "/changes?game=1&from=2026-05-01", "/data/points?from=2026-05-02")


def test_no_page_scans_a_growing_table(home: SyncHarness, client: PageClient) -> None:
    executed: dict[str, Any] = {}

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        executed[statement] = parameters

    sa.event.listen(home.database.reader, "before_cursor_execute", note)
    for path in (*PAGES, *DATA, *FEEDS, *FILTERED):
        assert client.get(path).status_code == 200
    sa.event.remove(home.database.reader, "before_cursor_execute", note)
    with home.database.reading() as tx:
        plans = {
            (statement, row.detail)
            for statement, parameters in executed.items()
            if statement.startswith("SELECT")
            for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        }
    scans = {(detail, statement) for statement, detail in plans if detail.startswith("SCAN")}
    assert len(executed) > 20
    assert {scan for scan in scans if scan[0].split()[1] in GROWING} == set()
