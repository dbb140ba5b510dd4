"""Mark events and hubs, and leave them out of the sums of the views.

The texts of the views are changed where they stand, so that what other revisions made of them stays.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CONDITION = "{}.game_id NOT IN (SELECT id FROM games WHERE is_event) AND "
PLACES = {  # by view: after what the condition stands, and about which table
    "first_unlocks": (r"FROM unlocks u\s+WHERE ", "u"),
    "daily_progress": (r"FROM progress_changes c\s+WHERE ", "c"),
    "player_totals": (r"ON s\.player_id = pl\.id AND ", "s"),
}
# The same condition, as PostgreSQL writes it when it is asked for the text.
PRINTED = r"NOT \((?:\w\.)?game_id IN \( SELECT \S+\s+FROM games\s+WHERE \S*is_event\)\) AND "


def upgrade() -> None:
    op.add_column("games", sa.Column("is_event", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column(
        "consoles", sa.Column("is_game_system", sa.Boolean, nullable=False, server_default=sa.true())
    )
    op.execute(
        """UPDATE games SET is_event = true
        WHERE console_id IN (100, 101) OR (console_id IS NULL AND console_name IN ('Hubs', 'Events'))"""
    )
    where = sa.text("is_event")
    op.create_index("games_events", "games", ["id"], sqlite_where=where, postgresql_where=where)
    for name, (place, table) in PLACES.items():
        replace_view(name, substituted(f"({place})", rf"\1{CONDITION.format(table)}", view_text(name)))


def downgrade() -> None:
    for name, (_, table) in PLACES.items():
        condition = re.escape(CONDITION.format(table)) if is_sqlite() else PRINTED
        replace_view(name, substituted(condition, "", view_text(name)))
    op.drop_index("games_events", table_name="games")
    op.execute("DELETE FROM consoles WHERE NOT is_game_system")
    op.execute("ALTER TABLE games DROP COLUMN is_event")
    op.execute("ALTER TABLE consoles DROP COLUMN is_game_system")


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def view_text(name: str) -> str:
    """Return the query of a view as it is stored; on SQLite the whole statement."""
    query = "SELECT pg_get_viewdef(CAST(:name AS regclass), true)"
    if is_sqlite():
        query = "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = :name"
    return str(op.get_bind().scalar(sa.text(query), {"name": name}))


def substituted(pattern: str, replacement: str, text: str) -> str:
    """Return the text with its only match replaced. Raises RuntimeError where it has none, or several."""
    found, count = re.subn(pattern, replacement, text)
    if count != 1:
        raise RuntimeError(f"a view has another text than expected: {text}")
    return found


def replace_view(name: str, text: str) -> None:
    if is_sqlite():
        op.execute(f"DROP VIEW {name}")
        op.get_bind().exec_driver_sql(text)
    else:
        op.get_bind().exec_driver_sql(f"CREATE OR REPLACE VIEW {name} AS {text}")
