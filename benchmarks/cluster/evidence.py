"""All that an experiment leaves, and the form of a check's result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from .disturb import Disturber
from .options import Options
from .site import ClusterSite, Play

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, and each breach of it in words."""

    rule: str
    breaches: Sequence[str]
    note: str = ""

    def __str__(self) -> str:
        verdict = f"BROKEN {len(self.breaches)} times" if self.breaches else "kept"
        shown = "".join(f"\n      {one}" for one in self.breaches[:EXAMPLES])
        return f"  {self.rule}: {verdict}{self.note and '; '}{self.note}{shown}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """`stopped_at`: when the processes were asked to stop; `exits`: by name, code and seconds."""

    options: Options
    url: str
    site: ClusterSite
    play: Play
    disturber: Disturber
    stopped_at: datetime
    exits: dict[str, tuple[int | None, float]]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            connection.execute("SET TIME ZONE 'UTC'")
            return connection.execute(query.encode()).fetchall()
