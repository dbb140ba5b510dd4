"""docs/sql.md and docs/review.md, parsed for tests and benchmarks: each column, and the ready queries."""

import re
from dataclasses import dataclass, field
from pathlib import Path

DOC = Path(__file__).parents[1] / "docs" / "sql.md"
REVIEW_DOC = DOC.with_name("review.md")
DIALECTS = ("sqlite", "postgresql")
BLOCK = re.compile(r"```sql\n-- name: (\w+)(?: \((\w+)\))?\n(.*?)```", re.DOTALL)
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@dataclass(frozen=True, slots=True)
class ColumnDoc:
    name: str
    type: str
    written: str  # empty for views
    meaning: str


@dataclass(slots=True)
class Query:
    name: str
    title: str
    sentence: str
    sql: dict[str, str] = field(default_factory=dict)  # by dialect

    @property
    def parameters(self) -> set[str]:
        return {name for text in self.sql.values() for name in PARAMETER.findall(text)}


def sections(doc: Path = DOC) -> dict[str, str]:
    """Return the text below each heading of the second and third level."""
    _, *parts = re.split(r"^#{2,3} (.+)\n", doc.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def documented() -> dict[str, list[ColumnDoc]]:
    """Return the columns of each table and view, in the order of the document."""
    found = {}
    for title, text in sections().items():
        if name := re.fullmatch(r"`(\w+)`", title):
            rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (?:([^|]+) \| )?([^|]+) \|$", text, re.MULTILINE)
            found[name[1]] = [ColumnDoc(*row) for row in rows]
    return found


def queries(doc: Path = DOC) -> dict[str, Query]:
    """Return the ready queries by name."""
    found: dict[str, Query] = {}
    for title, text in sections(doc).items():
        sentence = " ".join(text.partition("```")[0].split())
        for name, dialect, sql in BLOCK.findall(text):
            query = found.setdefault(name, Query(name, title, sentence))
            for one in [dialect] if dialect else DIALECTS:
                assert one not in query.sql, f"{name} occurs twice for {one}"
                query.sql[one] = sql.strip().removesuffix(";")
    return found
