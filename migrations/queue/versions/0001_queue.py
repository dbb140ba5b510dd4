"""Make the tables of procrastinate 3.10, and the schedule of the players.

A later revision applies the files of procrastinate's own migrations that its newer versions bring, unless
this one has just made their tables. The newest file that this program knows is ENGINE_VERSION in
syncer/store/db/queue_schema.py.
"""

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # All statements in one text: only the driver itself takes that.
    op.get_bind().connection.driver_connection.execute(context.config.attributes["engine_tables"])
    op.execute("""
        CREATE TABLE player_schedule (
          player text PRIMARY KEY,
          due_at timestamptz NOT NULL,
          ended_at timestamptz,
          interruptions integer NOT NULL DEFAULT 0,
          kills integer NOT NULL DEFAULT 0,
          set_aside_at timestamptz
        )""")
    op.execute("CREATE INDEX player_schedule_due ON player_schedule (due_at) WHERE set_aside_at IS NULL")


def downgrade() -> None:
    raise NotImplementedError("drop the schema of the queue instead: the next start makes it again")
