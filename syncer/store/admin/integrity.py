"""What is wrong with the stored data: damage of the file, and rows that break the rules of a history."""

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.streaming import snapshot_transaction
from syncer.store.db.tables import history
from syncer.store.db.views import views


def check(database: Database) -> list[str]:
    """Return one line for each problem. Raises DatabaseCorrupt if the database is unreadable."""
    return integrity_errors(database) or invariant_violations(database)


def integrity_errors(database: Database) -> list[str]:
    """Return what is lost or damaged. Raises DatabaseCorrupt if the database is unreadable."""
    with snapshot_transaction(database) as tx:
        pages = tx.exec_driver_sql("PRAGMA integrity_check").scalars() if database.path else ()
        lines = [line for page in pages for line in page.splitlines() if not line.startswith("***")]
        inspector = sa.inspect(tx)
        found = {*inspector.get_table_names(), *inspector.get_view_names()}
    missing = [f"{name} is missing" for name in (*history.tables, *views.tables) if name not in found]
    return [line for line in lines if line != "ok"] + missing


def invariant_violations(database: Database) -> list[str]:
    """Return the rules that rows of an undamaged database break."""
    with snapshot_transaction(database) as tx:
        orphans = tx.exec_driver_sql("PRAGMA foreign_key_check").all() if database.path else ()
        problems = [f"row without parent in {row[0]}" for row in orphans]
        for rule, query in INVARIANTS.items():
            count = tx.execute(sa.text(query)).scalar_one()
            if count:
                problems.append(f"{count} {rule}")
    return problems


# Each in one pass: a snapshot is compared with its neighbour, not with all of its target.
INVARIANTS = {
    "overlapping snapshots": """
        SELECT count(*) FROM (
            SELECT first_seen_at, lag(last_seen_at) OVER target AS previous FROM snapshots
            WINDOW target AS (PARTITION BY player_id, game_id ORDER BY id)) s
        WHERE previous >= first_seen_at""",
    "snapshots out of order": """
        SELECT count(*) FROM (
            SELECT first_seen_at, lag(first_seen_at) OVER target AS previous FROM snapshots
            WINDOW target AS (PARTITION BY player_id, game_id ORDER BY id)) s
        WHERE previous >= first_seen_at""",
    "snapshots that were not closed when the next one began": """
        SELECT count(*) FROM (
            SELECT closed_at, lead(first_seen_at) OVER target AS following FROM snapshots
            WINDOW target AS (PARTITION BY player_id, game_id ORDER BY id)) s
        WHERE closed_at IS NULL AND following IS NOT NULL OR closed_at <> following""",
    "targets whose newest snapshot is not the open one": """
        SELECT count(*) FROM (SELECT max(id) AS newest FROM snapshots GROUP BY player_id, game_id) n
        JOIN snapshots s ON s.id = n.newest WHERE NOT s.is_open""",
    "snapshots without a target": """
        SELECT count(*) FROM snapshots s
        LEFT JOIN targets t ON t.player_id = s.player_id AND t.game_id = s.game_id
        WHERE t.game_id IS NULL""",
}
