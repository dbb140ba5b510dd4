"""Use standard column names, store when each snapshot was closed, and check values in the database.

SQLite cannot add a constraint to a table: there `runs`, `snapshots` and `rejections` are created again and
their rows copied. PostgreSQL changes them in place, so that grants, and views that other people made, stay.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(23), "sqlite")  # UTC; text on SQLite
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERS = (
    "num_possible_achievements",
    "possible_score",
    "num_achieved",
    "score_achieved",
    "num_achieved_hardcore",
    "score_achieved_hardcore",
)
RESTORED = (
    "restored_achievements",
    "restored_points",
    "restored_achievements_hardcore",
    "restored_points_hardcore",
)
COUNTS = ("targets_asked", "targets_seen", "snapshots_added", "requests", "recorded_batches")
RENAMED = (
    ("players", "walked_at", "library_synced_at"),
    ("players", "unlocks_until", "unlocks_synced_until"),
    ("players", "unlocks_whole_at", "unlocks_resync_at"),
    ("targets", "misses", "failures"),
    ("targets", "unlocks_read_at", "unlocks_synced_at"),
    ("consoles", "listed_at", "games_listed_at"),
    ("messages", "next_try_at", "next_attempt_at"),
    ("snapshots", "looks", "poll_count"),
    ("rejections", "looks", "poll_count"),
)

# Conditions by the name of their constraint; MOMENTS and BOOLEANS for SQLite, which has no such types.
CHECKS = {
    "runs": {
        "outcome": "outcome IN ('ok', 'partial', 'failed', 'deferred', 'interrupted', 'running')",
        **{name: f"{name} >= 0" for name in COUNTS},
    },
    "snapshots": {
        "forward": "first_seen_at <= last_seen_at",
        "closed": "(closed_at IS NULL) = is_open",
        "poll_count": "poll_count >= 1",
        "verdict": "verdict IN ('new', 'changed', 'resumed')",
        **{name: f"{name} BETWEEN 0 AND 2147483647" for name in NUMBERS},
        **{name: f"{name} >= 0" for name in RESTORED},
    },
    "rejections": {
        "forward": "first_seen_at <= last_seen_at",
        "poll_count": "poll_count >= 1",
    },
}
MOMENTS = {
    "runs": ("started_at", "finished_at"),
    "snapshots": ("first_seen_at", "last_seen_at", "closed_at"),
    "rejections": ("first_seen_at", "last_seen_at", "confirmed_at", "ended_at"),
}
BOOLEANS = {"snapshots": ("after_gap", "is_open")}
WORDS = {"runs": {"trigger": 16}, "rejections": {"reason": 24}}  # sets that grow: only how they are written


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete = ON")  # or the pages left free would outlive a deleted player
        views = drop_views()
        rename_columns()
        rebuild("runs", runs())
        rebuild("snapshots", snapshots(), closed_at=CLOSED_AT)
        rebuild("rejections", rejections(), reason=REASON, last_seen_at="max(first_seen_at, last_seen_at)")
        create_views(views, {old: new for _, old, new in RENAMED})
    else:
        op.execute("SET LOCAL statement_timeout = 0")
        rename_columns()
        op.execute("ALTER VIEW progress_changes RENAME COLUMN looks TO poll_count")
        alter_runs()
        alter_snapshots()
        alter_rejections()
    op.execute(PROGRESS_PERIODS)


def downgrade() -> None:
    """Drop what 0006 added. When each snapshot was closed is worked out again by the next upgrade."""
    op.execute("DROP VIEW progress_periods")
    if op.get_bind().dialect.name == "sqlite":
        views = drop_views()
        rebuild("runs", runs(checked=False))
        rebuild("snapshots", snapshots(checked=False))
        rebuild("rejections", rejections(checked=False), reason=REASON_BEFORE)
        rename_columns(back=True)
        create_views(views, {new: old for _, old, new in RENAMED})
    else:
        op.execute("SET LOCAL statement_timeout = 0")
        drop_additions()
        op.execute(f"UPDATE rejections SET reason = {REASON_BEFORE} WHERE reason = 'unparsable'")
        op.execute("ALTER VIEW progress_changes RENAME COLUMN poll_count TO looks")
        rename_columns(back=True)


def rename_columns(*, back: bool = False) -> None:
    for table, old, new in RENAMED:
        if back:
            old, new = new, old
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")


# SQLite


def drop_views() -> list[tuple[str, str]]:
    """Drop all views, also those of the user: no table can be renamed below one. Return names and texts."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY rowid"
    views = [(row.name, row.sql) for row in op.get_bind().exec_driver_sql(query)]
    for name, _ in views:
        op.get_bind().exec_driver_sql('DROP VIEW "{}"'.format(name.replace('"', '""')))
    return views


def create_views(views: list[tuple[str, str]], new_names: dict[str, str]) -> None:
    """Create the views again, as they were but for the columns' names."""
    old_name = re.compile(rf"\b({'|'.join(new_names)})\b")
    for _, text in views:
        op.get_bind().exec_driver_sql(old_name.sub(lambda found: new_names[found[0]], text))


def rebuild(table: str, items: list[sa.schema.SchemaItem], **expressions: str) -> None:
    """Create the table again and copy its rows. `expressions`: columns whose value is computed.

    Foreign keys are off meanwhile (the program sees to that), else dropping a table would empty its children.
    """
    indexes = belongings(table)
    op.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    op.create_table(table, *items)
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(f"old_{table}")}
    names = [item.name for item in items if isinstance(item, sa.Column)]
    copied = [name for name in names if name in known or name in expressions]
    values = [expressions.get(name, name) for name in copied]
    op.execute(
        f"INSERT INTO {table} ({', '.join(copied)}) SELECT {', '.join(values)} FROM old_{table} ORDER BY id"
    )
    op.execute(f"DROP TABLE old_{table}")
    for text in indexes:
        op.get_bind().exec_driver_sql(text)


def belongings(table: str) -> list[str]:
    """Return the texts of the table's indexes and triggers: they go with it when it is dropped."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type <> 'table' ORDER BY rowid"
    return [text for text in op.get_bind().exec_driver_sql(query, (table,)).scalars() if text]


def runs(*, checked: bool = True) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", KEY, primary_key=True),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id")),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.Column("error", sa.Text),
        *(constraints("runs") if checked else ()),
    ]


def snapshots(*, checked: bool = True) -> list[sa.schema.SchemaItem]:
    before = [sa.CheckConstraint(f"{name} >= 0", name=f"snapshots_{name}") for name in NUMBERS]
    before += [sa.CheckConstraint("first_seen_at <= last_seen_at", name="snapshots_forward")]
    added = [sa.Column("closed_at", MOMENT), *(sa.Column(name, sa.Integer) for name in RESTORED)]
    return [
        sa.Column("id", KEY, primary_key=True),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("poll_count", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in NUMBERS),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("after_gap", sa.Boolean, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
        *(added if checked else ()),
        sa.UniqueConstraint("player_id", "game_id", "first_seen_at", name="snapshots_once"),
        *(constraints("snapshots") if checked else before),
    ]


def rejections(*, checked: bool = True) -> list[sa.schema.SchemaItem]:
    added = [sa.Column("endpoint", sa.String(64)), sa.Column("subject", sa.Text)]
    return [
        sa.Column("id", KEY, primary_key=True),
        sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id")),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id")),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("poll_count", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        *(added if checked else ()),
        *(constraints("rejections") if checked else ()),
    ]


def constraints(table: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(condition, name=name) for name, condition in conditions(table).items()]


def conditions(table: str) -> dict[str, str]:
    """Return the conditions of the table's rows on this database, by the name of the constraint."""
    found = dict(CHECKS[table])
    if op.get_bind().dialect.name == "sqlite":
        found |= {name: MOMENT_FORM.format(name) for name in MOMENTS[table]}
        found |= {name: f"{name} IN (0, 1)" for name in BOOLEANS.get(table, ())}
        found |= {name: SQLITE_WORD.format(name, size) for name, size in WORDS.get(table, {}).items()}
    else:
        found |= {name: f"{name} ~ '^[a-z_]{{1,{size}}}$'" for name, size in WORDS.get(table, {}).items()}
    return {f"{table}_{name}": condition for name, condition in found.items()}


# Equal to `length = 23` with a space, not a T, in the middle. NULL passes.
MOMENT_FORM = "{0} GLOB '????-??-?? ??:??:??.???'"
SQLITE_WORD = "length({0}) BETWEEN 1 AND {1} AND {0} NOT GLOB '*[^a-z_]*'"
REASON = "CASE reason WHEN 'unreadable' THEN 'unparsable' ELSE reason END"
REASON_BEFORE = "CASE reason WHEN 'unparsable' THEN 'unreadable' ELSE reason END"
# The row that follows, by id: never by a clock. One that was closed and has none ended when it was last seen.
CLOSED_AT = """CASE WHEN NOT is_open THEN coalesce(
    lead(first_seen_at) OVER (PARTITION BY player_id, game_id ORDER BY id), last_seen_at) END"""


# PostgreSQL


def alter_runs() -> None:
    op.execute(f"ALTER TABLE runs {additions('runs')}")


def alter_snapshots() -> None:
    """All constraints are checked, and the dead rows of the update left behind, in one pass at the end."""
    added = ["closed_at timestamptz", *(f"{name} integer" for name in RESTORED)]
    op.execute(f"ALTER TABLE snapshots {', '.join(f'ADD COLUMN {column}' for column in added)}")
    op.execute(
        f"""UPDATE snapshots s SET closed_at = n.closed_at
        FROM (SELECT id, {CLOSED_AT} AS closed_at FROM snapshots) n WHERE n.id = s.id AND NOT s.is_open"""
    )
    old = ("forward", *NUMBERS)
    op.execute(
        f"""ALTER TABLE snapshots {", ".join(f"DROP CONSTRAINT snapshots_{name}" for name in old)},
        ALTER COLUMN closed_at TYPE timestamptz USING closed_at + interval '0', {additions("snapshots")}"""
    )


def alter_rejections() -> None:
    op.execute("ALTER TABLE rejections ADD COLUMN endpoint varchar(64), ADD COLUMN subject text")
    op.execute(
        f"""UPDATE rejections SET reason = {REASON}, last_seen_at = greatest(first_seen_at, last_seen_at)
        WHERE reason = 'unreadable' OR first_seen_at > last_seen_at"""
    )
    op.execute(f"ALTER TABLE rejections {additions('rejections')}")


def additions(table: str) -> str:
    return ", ".join(f"ADD CONSTRAINT {name} CHECK ({text})" for name, text in conditions(table).items())


def drop_additions() -> None:
    columns = {"snapshots": ("closed_at", *RESTORED), "rejections": ("endpoint", "subject")}
    for table in CHECKS:
        dropped = [f"DROP CONSTRAINT {name}" for name in conditions(table)]
        dropped += [f"DROP COLUMN {name}" for name in columns.get(table, ())]
        op.execute(f"ALTER TABLE {table} {', '.join(dropped)}")
    before = ["ADD CONSTRAINT snapshots_forward CHECK (first_seen_at <= last_seen_at)"]
    before += [f"ADD CONSTRAINT snapshots_{name} CHECK ({name} >= 0)" for name in NUMBERS]
    op.execute(f"ALTER TABLE snapshots {', '.join(before)}")


# Both

# Without names: joined here, they would cost more than all the rest. PostgreSQL would join them wrongly, too.
PROGRESS_PERIODS = f"""
    CREATE VIEW progress_periods AS
    SELECT id, player_id, game_id, {", ".join(NUMBERS)}, first_seen_at AS valid_from, closed_at AS valid_to,
           last_seen_at AS known_until, poll_count, after_gap AS gap_before
    FROM snapshots"""
