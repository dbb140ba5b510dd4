"""Requests that the page server rejects, and the headers of every response."""

from collections.abc import Iterator

import pytest

from tests.edges.harness import SyncHarness

from .harness import PageClient, context_of, served
from .raw_client import CLOSE, PLAIN, send_raw

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageClient]:
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('rejected') / 'syncer.db'}")
    home.poll()
    with served(context_of(home)) as client:
        yield client
    home.close()


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/data/version", "/data/points?from=x", "/static/pages.css"]
)
def test_every_response_has_the_security_headers(client: PageClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert "Server" not in headers
    assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/data/points", "/nowhere", "/static/pages.css"])
def test_writing_methods_are_not_allowed(client: PageClient, method: str, path: str) -> None:
    answer = client.request(method, path, data=b"x" * 5000)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_head_has_no_body(client: PageClient) -> None:
    answer = client.request("HEAD", "/")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/..%2fserver.py",
        "/static//etc/passwd",
        "/static/....//server.py",
        "/static/vendor/../../site.py",
        "/static/%00",
        "//etc/passwd",
        "/static/",
        "/static/vendor",
        "/games/../../x",
        "/games/%2e%2e%2f",
        "/games/1/..",
        "/games/-1",
        "/games/1.5",
    ],
)
def test_no_path_leads_out_of_the_static_folder(client: PageClient, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = send_raw(client, request.encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"import" not in answer
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "request_",
    [
        CLOSE + b"X: y\r\n" * 20_000 + b"\r\n",  # a flood of headers
        CLOSE + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 100_000 + CLOSE.removeprefix(b"GET /") + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10,  # the start of TLS
        b"GET / HTTP/9.9\r\nConnection: close\r\n\r\n",
        b"GET http://evil.org/ HTTP/1.1\r\nHost: evil.org\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        CLOSE.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_malformed_request_is_refused_and_the_next_one_answered(client: PageClient, request_: bytes) -> None:
    try:
        answer = send_raw(client, request_)
    except ConnectionError:  # closed while we were still sending
        answer = b""
    assert not answer or answer.split()[1] in (b"400", b"405", b"431"), answer[:200]
    assert client.get("/data/version").status_code == 200


def test_conflicting_lengths_are_refused_and_the_rest_is_not_read(client: PageClient) -> None:
    head = PLAIN.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")
    answer = send_raw(client, head + b"0\r\n\r\n" + PLAIN)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_many_small_headers_count_as_much_as_few_long_ones(client: PageClient) -> None:
    """A thousand of them hold a hundred times the memory of their text."""
    answer = send_raw(client, PLAIN.removesuffix(b"\r\n") + b"a:b\r\n" * 1000 + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert client.get("/data/version", headers={f"X-{n}": "y" for n in range(100)}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0.01, *;q=0", True),
        ("gzip;q=0", False),
        ("br, GZIP ; q=0.000, identity", False),
        ("", False),
        ("br", False),
    ],
)
def test_response_is_compressed_only_if_accepted(client: PageClient, accepted: str, compressed: bool) -> None:
    answer = client.get("/static/pages.css", headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("Content-Encoding") == "gzip") is compressed
    assert answer.headers["Vary"] == "Accept-Encoding"
