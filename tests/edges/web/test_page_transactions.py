"""Each page shows one moment: one transaction of the history, and no statement twice in it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from tests.edges.harness import SyncHarness

from .harness import PageClient
from .parsed_page import DATA, FEEDS, PAGES

MORE_PAGES = ("/games?q=3", "/changes?kind=reset", "/changes?game=1&from=2026-05-01", "/?player=Tester")


@dataclass
class Asked:
    """What was asked of the database."""

    transactions: int = 0
    statements: list[str] = field(default_factory=list)

    @property
    def repeated(self) -> list[str]:
        return [statement for statement, times in Counter(self.statements).items() if times > 1]


@contextmanager
def listening(engine: sa.Engine) -> Iterator[Asked]:
    """Count what is asked of an engine meanwhile."""
    asked = Asked()

    def begin(_: Any) -> None:
        asked.transactions += 1

    def execute(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            asked.statements.append(statement)

    sa.event.listen(engine, "begin", begin)
    sa.event.listen(engine, "before_cursor_execute", execute)
    try:
        yield asked
    finally:
        sa.event.remove(engine, "begin", begin)
        sa.event.remove(engine, "before_cursor_execute", execute)


@pytest.mark.parametrize("path", [*PAGES, *MORE_PAGES, *DATA, *FEEDS])
def test_page_is_one_transaction_and_asks_nothing_twice(
    home: SyncHarness, client: PageClient, path: str
) -> None:
    with listening(home.database.reader) as asked:
        assert client.get(path).status_code == 200
    assert asked.transactions == 1
    assert asked.repeated == []


def test_version_is_one_statement(home: SyncHarness, client: PageClient) -> None:
    for path in ("/data/version", "/data/version?player=tester"):
        with listening(home.database.reader) as asked:
            assert client.get(path).status_code == 200
        assert len(asked.statements) == 1
