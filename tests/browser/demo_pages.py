"""A database for the pages: the two players of sql_facts, with hostile titles and names.

It holds a mastered game, resets, set revisions, a demotion, gaps, one that still lasts, rejected answers and
failures. Its clock shows `sql_facts.NOW`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.account_tables import account_polls
from syncer.store.db.budget_table import budget, budgets
from syncer.store.db.engine import Database
from syncer.store.db.tables import snapshots
from syncer.store.read.queries import Queries
from tests.deltas import fill_deltas
from tests.edges.sql_facts import DAY, NOW, START, Facts, doubt, five_months, write

OWNED = "owned"  # the title of the page, if a script in a game's title ran
HOSTILE = {  # by game; 3, 7 and 8 are also played late
    3: f"<script>document.title='{OWNED}'</script><b id={OWNED}>",
    7: f"\"'><img src=x onerror=\"document.title='{OWNED}';alert(1)\">",
    8: f"</script></style><svg/onload=document.title='{OWNED}'>",
    9: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2,
    4: "\u202eلعبة {{7*7}} ${7*7}",
}
ACHIEVEMENT = f"<img src=x onerror=\"document.title='{OWNED}'\">"


@dataclass
class DemoPages:
    """The database and its clock: `moment` may be moved on."""

    database: Database
    moment: datetime = NOW

    @property
    def queries(self) -> Queries:
        return Queries(self.database)

    def now(self) -> datetime:
        return self.moment

    def earn(self, game: int, player: int = 1) -> None:
        """Store a poll ten minutes later that shows one more achievement."""
        self.moment += timedelta(minutes=10)
        mine = (snapshots.c.player_id == player) & (snapshots.c.game_id == game)
        with self.database.writing() as tx:
            last = tx.execute(sa.select(snapshots).where(mine & snapshots.c.is_open)).mappings().one()
            tx.execute(
                sa.update(snapshots)
                .where(mine, snapshots.c.is_open)
                .values(is_open=False, closed_at=self.moment)
            )
            polled = {
                "first_seen_at": self.moment,
                "last_seen_at": self.moment,
                "poll_count": 1,
                "is_open": True,
            }
            gained = {"num_achieved": last["num_achieved"] + 1, "score_achieved": last["score_achieved"] + 5}
            change = {"id": None, "verdict": "changed", "after_gap": False}
            tx.execute(snapshots.insert(), {**last, **polled, **gained, **change})
            fill_deltas(tx)
            mine = (account_polls.c.player_id == player) & account_polls.c.is_open
            tx.execute(sa.update(account_polls).where(mine).values(last_seen_at=self.moment))


def hostile_facts() -> Facts:
    """Return the rows of sql_facts with hostile titles, errors and rejections."""
    facts = five_months()
    for rows, key in ((facts.games, "id"), (facts.game_titles, "game_id")):
        for row in rows:
            row["title"] = HOSTILE.get(row[key], row["title"])
    for row in facts.unlocks[::3]:
        row["title"] = ACHIEVEMENT
    facts.rejections.append(doubt(len(facts.rejections) + 1, 3, NOW - 3 * DAY, "unparsable", ACHIEVEMENT))
    mine = [run for run in facts.runs if run["player_id"] == 1]
    mine[-40].update(outcome="failed", error=ACHIEVEMENT, targets_seen=0)
    return facts


def create_demo_pages(file: Path) -> DemoPages:
    """Write the database into that file. Close it afterwards."""
    database = Database(f"sqlite:///{file}")
    upgrade_schema(database, START)
    write(database, hostile_facts())
    with database.budgets.begin() as tx:
        budget.create_all(tx)
        tx.execute(budgets.insert(), {"key_fingerprint": "0" * 16, "next_free_at": NOW, "outage_failures": 0})
    return DemoPages(database)
