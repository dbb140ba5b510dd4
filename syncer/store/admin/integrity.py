"""What is wrong with the stored data: damage of the file, and rows that break the rules of a history."""

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.revision import head
from syncer.store.db.schema.verify import differences, read_schema
from syncer.store.db.streaming import snapshot_transaction
from syncer.store.db.tables import DELTAS

from .values import value_problems


def check(database: Database) -> list[str]:
    """Return one line for each problem. Raises DatabaseCorrupt if the database is unreadable."""
    return integrity_errors(database) or invariant_violations(database)


def foreign_objects(database: Database) -> list[str]:
    """Return what others made beside our tables, such as "view my_games". It changes nothing of ours."""
    with database.reading() as tx:
        return read_schema(tx).foreign


def integrity_errors(database: Database) -> list[str]:
    """Return what is damaged, lost or not as we made it. Raises DatabaseCorrupt for an unreadable file."""
    with snapshot_transaction(database) as tx:
        lines = damaged_pages(tx) if database.path else []
        return lines + differences(tx, read_schema(tx), head())


def damaged_pages(tx: sa.Connection) -> list[str]:
    """Return what SQLite finds wrong in its file, and the rows that break a constraint."""
    pages = tx.exec_driver_sql("PRAGMA integrity_check").scalars()
    lines = [line for page in pages for line in page.splitlines() if not line.startswith("***")]
    return [line for line in lines if line != "ok"]


def invariant_violations(database: Database) -> list[str]:
    """Return the rules that rows of an undamaged database break."""
    with snapshot_transaction(database) as tx:
        orphans = orphaned_rows(tx) if database.path else []
        return orphans + broken_invariants(tx) + value_problems(tx)


def orphaned_rows(tx: sa.Connection) -> list[str]:
    return [f"row without parent in {row[0]}" for row in tx.exec_driver_sql("PRAGMA foreign_key_check").all()]


def broken_invariants(tx: sa.Connection) -> list[str]:
    counts = ((tx.execute(sa.text(query)).scalar_one(), rule) for rule, query in INVARIANTS.items())
    return [f"{count} {rule}" for count, rule in counts if count]


def _wrong_deltas() -> str:
    """Return the query of snapshots whose deltas are not the differences from the numbers before."""
    columns = [(name, name.removesuffix("_delta")) for name in DELTAS]
    found = ", ".join(f"{d}, {n} - lag({n}) OVER target AS {n}_expected" for d, n in columns)
    wrong = (f"({d} IS NULL) <> ({n}_expected IS NULL) OR {d} <> {n}_expected" for d, n in columns)
    return f"""
        SELECT count(*) FROM (
            SELECT {found} FROM snapshots
            WINDOW target AS (PARTITION BY player_id, game_id ORDER BY id)) s
        WHERE {" OR ".join(wrong)}"""  # noqa: S608


# Each in one pass: a row is compared with its neighbour, not with all of its target or player.
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
    "snapshots whose deltas are not the differences from the one before": _wrong_deltas(),
    "targets whose newest snapshot is not the open one": """
        SELECT count(*) FROM (SELECT max(id) AS newest FROM snapshots GROUP BY player_id, game_id) n
        JOIN snapshots s ON s.id = n.newest WHERE NOT s.is_open""",
    "snapshots without a target": """
        SELECT count(*) FROM snapshots s
        LEFT JOIN targets t ON t.player_id = s.player_id AND t.game_id = s.game_id
        WHERE t.game_id IS NULL""",
    "overlapping rows of account_polls": """
        SELECT count(*) FROM (
            SELECT first_seen_at, lag(last_seen_at) OVER player AS previous FROM account_polls
            WINDOW player AS (PARTITION BY player_id ORDER BY id)) a
        WHERE previous >= first_seen_at""",
    "players whose newest row of account_polls is not the open one": """
        SELECT count(*) FROM (SELECT max(id) AS newest FROM account_polls GROUP BY player_id) n
        JOIN account_polls a ON a.id = n.newest WHERE NOT a.is_open""",
    "overlapping play sessions": """
        SELECT count(*) FROM (
            SELECT started_before, lag(ended_at) OVER game AS previous FROM play_sessions
            WINDOW game AS (PARTITION BY player_id, game_id ORDER BY started_after)) s
        WHERE previous >= started_before""",
}
