"""Pages as a browser parses them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .harness import PageClient

PAGES = (
    *("/", "/games", "/games/1", "/games/5", "/changes", "/calendar", "/days/2026-05-01", "/sync-health"),
    *("/review/2026", "/review/2026-05"),
)
FEEDS = ("/feed.atom", "/masteries.ics")
DATA = ("/data/version", "/data/points", "/data/games/1")


@dataclass
class ParsedPage(HTMLParser):
    """The texts and the tags of a page."""

    texts: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).replace("\u00a0", " ").split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(client: PageClient, path: str) -> ParsedPage:
    """Return a page that must be answered with 200."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    page = ParsedPage()
    page.feed(answer.text)
    return page


def assert_reveals_nothing(text: str) -> None:
    """Assert that a text has no traceback, no path of this machine and no name of a driver."""
    assert not re.search(r"Traceback|\.py|/tmp|sqlite|syncer\.db|File \"", text)
