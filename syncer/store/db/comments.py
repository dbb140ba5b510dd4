"""The comments of tables, views and columns on PostgreSQL: what docs/sql.md says, as psql shows it by \\d+.

Each upgrade brings them up to date, also where no migration is due: another wording needs no revision.
"""

import json

import sqlalchemy as sa

from .revision import MIGRATIONS

FILE = MIGRATIONS / "comments.json"  # written by ./run docs
KINDS = {"r": "TABLE", "v": "VIEW"}

# Tables and views that this login may comment on, and each of their columns (0: the relation itself).
STORED = """
    SELECT c.relname, c.relkind, coalesce(a.attname, '') AS column, obj.description
    FROM pg_class c
    CROSS JOIN LATERAL (SELECT 0 AS number UNION ALL SELECT attnum FROM pg_attribute
                        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) n
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = n.number AND n.number > 0
    LEFT JOIN pg_description obj ON obj.objoid = c.oid AND obj.classoid = 'pg_class'::regclass
                                 AND obj.objsubid = n.number
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v')
      AND pg_has_role(c.relowner, 'USAGE')"""


def apply_comments(tx: sa.Connection) -> int:
    """Set the comments that differ. Return how many. Does nothing on SQLite, which has none."""
    if tx.dialect.name != "postgresql":
        return 0
    wanted = json.loads(FILE.read_text("utf-8"))
    changed = [
        (f"COLUMN {table}.{column}" if column else f"{KINDS[kind]} {table}", text)
        for table, kind, column, stored in tx.exec_driver_sql(STORED).all()
        if (text := wanted.get(table, {}).get(column)) is not None and text != stored
    ]
    for target, text in changed:
        literal = sa.literal(text, sa.Text).compile(tx, compile_kwargs={"literal_binds": True})
        tx.exec_driver_sql(f"COMMENT ON {target} IS {literal}")  # takes no parameters
    return len(changed)
