"""A web page that comes instead of data: its title says whose it is."""

import pytest

from syncer.core.errors import BatchError, SiteUnavailable, SyncerError
from tests.edges.raw_server import answer

from .harness import KEY, failed

CHALLENGE = (
    "<!DOCTYPE html><html><head><meta charset='utf-8'>"
    "<TITLE lang=en>\n Just a moment...\n</TITLE></head></html>"
)


def page(title: str) -> str:
    return f"<html><head><title>{title}</title></head><body><h1>Hello</h1></body></html>"


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        ("200 OK", SiteUnavailable, "a web page titled 'Just a moment...' instead of data"),
        (
            "403 Forbidden",
            SiteUnavailable,
            "the site refused the request (403): a web page titled 'Just a moment...'",
        ),
        (
            "503 Service Unavailable",
            BatchError,
            "the site answered 503: a web page titled 'Just a moment...'",
        ),
        (
            "404 Not Found",
            SiteUnavailable,
            "the site has no such page (404): a web page titled 'Just a moment...'",
        ),
        (
            "302 Found",
            SiteUnavailable,
            "the site redirects elsewhere (302); not followed: a web page titled 'Just a moment...'",
        ),
    ],
)
def test_the_title_is_in_the_message(status: str, kind: type[SyncerError], message: str) -> None:
    error = failed(kind, answer(CHALLENGE, status, kind="text/html; charset=UTF-8"))
    assert error.message == message


def test_a_page_that_claims_to_be_json_is_named_too() -> None:
    error = failed(SiteUnavailable, answer(CHALLENGE))
    assert error.message == "a web page titled 'Just a moment...' instead of data"


@pytest.mark.parametrize("body", ["<h1>no</h1>", page(""), page(" \n\t "), "<title", "\x00<title>"])
def test_a_page_without_a_title_is_a_web_page(body: str) -> None:
    error = failed(SiteUnavailable, answer(body, kind="text/html"))
    assert error.message == "a web page instead of data"


def test_data_has_no_title() -> None:
    error = failed(BatchError, answer('{"message":"<title>Server Error</title>"}', "500 Oops"))
    assert error.message == "the site answered 500"


def test_a_title_is_sanitised_and_cut() -> None:
    error = failed(
        SiteUnavailable, answer(page("Tom &amp; J\x1b[31m\u202e\r\nx " + "y" * 500), kind="text/html")
    )
    title = error.message.removeprefix("a web page titled '").removesuffix("' instead of data")
    assert title.startswith("Tom & J\ufffd[31m\ufffd x yyy")
    assert title.endswith("…")
    assert len(title) == 80


@pytest.mark.parametrize(
    "title", [f"Error at /API?y={KEY}", "".join(f"&#{ord(c)};" for c in KEY), f"{'x' * 60}{KEY}", KEY]
)
def test_no_title_holds_the_key(title: str) -> None:
    for status in ("200 OK", "403 Forbidden", "500 Oops"):
        error = failed(
            BatchError if status[0] == "5" else SiteUnavailable, answer(page(title), status, kind="text/html")
        )
        assert "titled" in error.message
        assert KEY[:10] not in error.message
