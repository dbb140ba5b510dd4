"""Keep every unlock and award, and the account's totals over time; store what was read, and when.

`unlocks` gets the moment into its key, so that an achievement that was reset and earned again has two rows.
Awards move from `targets` into `awards`, the profile's totals from `players` into `account_snapshots`.
SQLite cannot change a key: there `unlocks` is created again. PostgreSQL changes it in place.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
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
SUMS = ("site_hardcore", "site_softcore", "ours_hardcore", "ours_softcore")
MEASURES = {"hardcore_points": "total_points", "softcore_points": "total_softcore_points"}
OLD_KEY = ("player_id", "achievement_id", "hardcore")
KEPT = (*OLD_KEY, "unlocked_at", "game_id", "points", "title", "first_seen_at", "gone_at", "source")
RANGE = "{0} BETWEEN 0 AND 2147483647"
FORWARD = "first_seen_at <= last_seen_at"

# As in 0006: conditions by the name of their constraint; MOMENTS and BOOLEANS are for SQLite.
CHECKS = {
    "unlocks": {"points": RANGE.format("points")},
    "awards": {},
    "account_snapshots": {
        "forward": FORWARD,
        "closed": "(closed_at IS NULL) = is_open",
        "poll_count": "poll_count >= 1",
        "value": RANGE.format("value"),
        "promised_seconds": RANGE.format("promised_seconds"),
    },
    "consistency_checks": {
        "forward": "first_checked_at <= last_checked_at",
        "check_count": "check_count >= 1",
        **{name: RANGE.format(name) for name in SUMS},
    },
    "player_jobs": {"pending": "pending >= 0"},
}
MOMENTS = {
    "unlocks": ("unlocked_at", "first_seen_at", "gone_at", "visible_after"),
    "awards": ("awarded_at", "first_seen_at", "missing_since", "gone_at"),
    "account_snapshots": ("first_seen_at", "last_seen_at", "closed_at"),
    "consistency_checks": ("first_checked_at", "last_checked_at"),
    "player_jobs": ("last_at", "next_at"),
}
BOOLEANS = {
    "unlocks": ("hardcore",),
    "account_snapshots": ("after_gap", "is_open"),
    "consistency_checks": ("matches",),
}
WORDS = {
    "unlocks": {"source": 16},
    "account_snapshots": {"measure": 24},
    "consistency_checks": {"subject": 16},
    "player_jobs": {"kind": 24},
}
MOMENT_FORM = "{0} GLOB '????-??-?? ??:??:??.???'"
SQLITE_WORD = "length({0}) BETWEEN 1 AND {1} AND {0} NOT GLOB '*[^a-z_]*'"


def upgrade() -> None:
    create_tables()
    op.execute(AWARDS_OF_TARGETS)
    for measure, column in MEASURES.items():
        op.execute(TOTALS_OF_PLAYERS.format(measure=measure, column=column))
    if is_sqlite():
        op.execute("PRAGMA secure_delete = ON")  # or the pages left free would outlive a deleted player
        views = drop_views()
        rebuild_unlocks(unlocks())
        drop_columns()
        create_views(views, {"latest_progress": LATEST_PROGRESS, "first_unlocks": first_unlocks()})
    else:
        op.execute("SET LOCAL statement_timeout = 0")
        add_row_limit()
        alter_unlocks()
        drop_columns()
        for text in (LATEST_PROGRESS, first_unlocks()):
            op.execute(text.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
    current = sa.text("gone_at IS NULL")
    where = {"sqlite_where": current, "postgresql_where": current}
    op.create_index("unlocks_current", "unlocks", list(OLD_KEY), unique=True, **where)
    op.execute(account_history())


def downgrade() -> None:
    """Keep one row of each unlock, the highest award and the last totals: the old columns hold no more."""
    op.execute("DROP VIEW account_history")
    op.execute(OLDER_ROWS)
    add_columns()
    op.drop_index("unlocks_current", table_name="unlocks")
    if is_sqlite():
        views = drop_views()
        rebuild_unlocks(unlocks(checked=False))
        create_views(views, {"latest_progress": OLD_LATEST_PROGRESS, "first_unlocks": OLD_FIRST_UNLOCKS})
    else:
        op.drop_column("budgets", "max_rows_until")
        op.drop_column("budgets", "max_rows")
        op.execute("DROP VIEW latest_progress, first_unlocks")
        restore_unlocks()
        op.execute(OLD_LATEST_PROGRESS)
        op.execute(OLD_FIRST_UNLOCKS)
    for table in ("player_jobs", "consistency_checks", "account_snapshots", "awards"):
        op.drop_table(table)


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


# New tables


def create_tables() -> None:
    op.create_table("awards", *awards(), *constraints("awards"))
    op.create_table("account_snapshots", *account_snapshots(), *constraints("account_snapshots"))
    is_open = sa.text("is_open")
    where = {"sqlite_where": is_open, "postgresql_where": is_open}
    measure = ["player_id", "measure"]
    op.create_index("account_snapshots_open", "account_snapshots", measure, unique=True, **where)
    op.create_table("consistency_checks", *consistency_checks(), *constraints("consistency_checks"))
    subject = ["player_id", "subject", "id"]
    op.create_index("consistency_checks_by_subject", "consistency_checks", subject)
    op.create_table("player_jobs", *player_jobs(), *constraints("player_jobs"))


def awards() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
        sa.Column("kind", sa.String(64), primary_key=True),
        sa.Column("awarded_at", MOMENT, primary_key=True),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("missing_since", MOMENT),
        sa.Column("gone_at", MOMENT),
    ]


def account_snapshots() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", KEY, primary_key=True),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
        sa.Column("measure", sa.String(24), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("poll_count", sa.Integer, nullable=False),
        sa.Column("value", sa.Integer),
        sa.Column("promised_seconds", sa.Integer, nullable=False),
        sa.Column("after_gap", sa.Boolean, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
        sa.UniqueConstraint("player_id", "measure", "first_seen_at", name="account_snapshots_once"),
    ]


def consistency_checks() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", KEY, primary_key=True),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("first_checked_at", MOMENT, nullable=False),
        sa.Column("last_checked_at", MOMENT, nullable=False),
        sa.Column("check_count", sa.Integer, nullable=False),
        sa.Column("matches", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in SUMS),
        sa.Column("residual_hardcore", sa.Integer),
        sa.Column("residual_softcore", sa.Integer),
    ]


def player_jobs() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
        sa.Column("kind", sa.String(24), primary_key=True),
        sa.Column("last_at", MOMENT),
        sa.Column("next_at", MOMENT),
        sa.Column("cursor", sa.Text),
        sa.Column("pending", sa.Integer, nullable=False),
    ]


def constraints(table: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(condition, name=name) for name, condition in conditions(table).items()]


def conditions(table: str) -> dict[str, str]:
    """Return the conditions of the table's rows on this database, by the name of the constraint."""
    found = dict(CHECKS[table])
    words = WORDS.get(table, {}).items()
    if is_sqlite():
        found |= {name: MOMENT_FORM.format(name) for name in MOMENTS[table]}
        found |= {name: f"{name} IN (0, 1)" for name in BOOLEANS.get(table, ())}
        found |= {name: SQLITE_WORD.format(name, size) for name, size in words}
    else:
        found |= {name: f"{name} ~ '^[a-z_]{{1,{size}}}$'" for name, size in words}
    return {f"{table}_{name}": condition for name, condition in found.items()}


# The last answers that are stored. An award without a date counts from when it was seen.
AWARDS_OF_TARGETS = """
    INSERT INTO awards (player_id, game_id, kind, awarded_at, first_seen_at)
    SELECT t.player_id, t.game_id, t.award_kind,
           coalesce(t.award_at, p.library_synced_at, t.added_at), coalesce(p.library_synced_at, t.added_at)
    FROM targets t JOIN players p ON p.id = t.player_id
    WHERE t.award_kind IS NOT NULL"""
# The name is confirmed by each profile that answers; `profile_checked_at` also by one that does not.
TOTALS_OF_PLAYERS = """
    INSERT INTO account_snapshots (player_id, measure, first_seen_at, last_seen_at, poll_count, value,
                                   promised_seconds, after_gap, is_open)
    SELECT s.id, '{measure}', s.seen_at, s.seen_at, 1, s.{column}, 86400, false, true
    FROM (SELECT p.*, coalesce((SELECT max(n.last_seen_at) FROM player_names n WHERE n.player_id = p.id),
                               p.profile_checked_at, p.added_at) AS seen_at FROM players p) s
    WHERE s.{column} IS NOT NULL
    ORDER BY s.id"""


# Columns that move


def drop_columns() -> None:
    op.execute("ALTER TABLE targets DROP COLUMN award_kind")
    op.execute("ALTER TABLE targets DROP COLUMN award_at")
    for column in MEASURES.values():
        op.execute(f"ALTER TABLE players DROP COLUMN {column}")


def add_columns() -> None:
    op.add_column("targets", sa.Column("award_kind", sa.String(24)))
    op.add_column("targets", sa.Column("award_at", MOMENT))
    mine = AWARD.format("{}", "targets.player_id", "targets.game_id")
    dated = "nullif(a.awarded_at, a.first_seen_at)"
    op.execute(f"UPDATE targets SET award_kind = {mine.format('a.kind')}, award_at = {mine.format(dated)}")
    for measure, column in MEASURES.items():
        op.add_column("players", sa.Column(column, sa.Integer))
        op.execute(
            f"""UPDATE players SET {column} = (SELECT s.value FROM account_snapshots s
            WHERE s.player_id = players.id AND s.measure = '{measure}' AND s.is_open)"""
        )


# SQLite


def drop_views() -> list[tuple[str, str]]:
    """Drop all views, also those of the user: no table can be renamed below one. Return names and texts."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY rowid"
    views = [(row.name, row.sql) for row in op.get_bind().exec_driver_sql(query)]
    for name, _ in views:
        op.get_bind().exec_driver_sql('DROP VIEW "{}"'.format(name.replace('"', '""')))
    return views


def create_views(views: list[tuple[str, str]], texts: dict[str, str]) -> None:
    """Create the views again, two of them with another text."""
    for name, text in views:
        op.get_bind().exec_driver_sql(texts.get(name, text))


def rebuild_unlocks(items: list[sa.schema.SchemaItem]) -> None:
    """Create `unlocks` again and copy its rows. Foreign keys are off meanwhile (the program sees to that)."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = 'unlocks' AND type <> 'table' ORDER BY rowid"
    indexes = [text for text in op.get_bind().exec_driver_sql(query).scalars() if text]
    op.execute("ALTER TABLE unlocks RENAME TO old_unlocks")
    op.create_table("unlocks", *items)
    names = ", ".join(KEPT)
    op.execute(f"INSERT INTO unlocks ({names}) SELECT {names} FROM old_unlocks ORDER BY rowid")
    op.execute("DROP TABLE old_unlocks")
    for text in indexes:
        op.get_bind().exec_driver_sql(text)


def unlocks(*, checked: bool = True) -> list[sa.schema.SchemaItem]:
    added = [sa.Column("visible_after", MOMENT), *constraints("unlocks")]
    return [
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
        sa.Column("achievement_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("hardcore", sa.Boolean, primary_key=True),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
        sa.Column("unlocked_at", MOMENT, primary_key=checked, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT),
        sa.Column("source", sa.String(16), nullable=False),
        *(added if checked else ()),
    ]


# PostgreSQL


def add_row_limit() -> None:
    """Remember how many rows of a page the site sends. On SQLite the budget's file is created again."""
    op.add_column("budgets", sa.Column("max_rows", sa.Integer))
    op.add_column("budgets", sa.Column("max_rows_until", sa.DateTime(timezone=True)))


def alter_unlocks() -> None:
    added = [f"ADD CONSTRAINT {name} CHECK ({text})" for name, text in conditions("unlocks").items()]
    key = f"ADD CONSTRAINT unlocks_pkey PRIMARY KEY ({', '.join(OLD_KEY)}, unlocked_at)"
    changes = ["ADD COLUMN visible_after timestamptz", "DROP CONSTRAINT unlocks_pkey", key, *added]
    op.execute(f"ALTER TABLE unlocks {', '.join(changes)}")


def restore_unlocks() -> None:
    dropped = [f"DROP CONSTRAINT {name}" for name in conditions("unlocks")]
    key = f"ADD CONSTRAINT unlocks_pkey PRIMARY KEY ({', '.join(OLD_KEY)})"
    changes = ["DROP COLUMN visible_after", "DROP CONSTRAINT unlocks_pkey", key, *dropped]
    op.execute(f"ALTER TABLE unlocks {', '.join(changes)}")


# Both

# Of several rows of an achievement and mode the current one stays, else the one that went last.
OLDER_ROWS = """
    DELETE FROM unlocks
    WHERE gone_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM unlocks n
        WHERE n.player_id = unlocks.player_id AND n.achievement_id = unlocks.achievement_id
          AND n.hardcore = unlocks.hardcore
          AND (n.gone_at IS NULL OR n.gone_at > unlocks.gone_at
               OR n.gone_at = unlocks.gone_at AND n.unlocked_at > unlocks.unlocked_at))"""

# The highest award that is not gone. A kind that this version does not know is below all others.
AWARD = """(
    SELECT {} FROM awards a WHERE a.player_id = {} AND a.game_id = {} AND a.gone_at IS NULL
    ORDER BY CASE a.kind WHEN 'mastered' THEN 1 WHEN 'completed' THEN 2 WHEN 'beaten-hardcore' THEN 3
                         WHEN 'beaten-softcore' THEN 4 ELSE 5 END, a.awarded_at DESC
    LIMIT 1)"""
MINE = ("t.player_id", "t.game_id")
COLUMNS = ", ".join(f"s.{name}" for name in NUMBERS)
LATEST = f"""
    CREATE VIEW latest_progress AS
    SELECT t.player_id, pl.username, t.game_id, g.title, g.console_name, {COLUMNS},
           CASE WHEN s.num_possible_achievements > 0
                THEN round(100.0 * s.num_achieved / s.num_possible_achievements, 2) END AS percent,
           s.possible_score - s.score_achieved AS points_left,
           s.first_seen_at, s.last_seen_at, t.expected_at, t.removed_at{{}}
    FROM targets t
    JOIN players pl ON pl.id = t.player_id
    JOIN games g ON g.id = t.game_id
    LEFT JOIN snapshots s ON s.player_id = t.player_id AND s.game_id = t.game_id AND s.is_open"""
OLD_LATEST_PROGRESS = LATEST.format("")
LATEST_PROGRESS = LATEST.format(
    f", {AWARD.format('a.kind', *MINE)} AS award_kind, {AWARD.format('a.awarded_at', *MINE)} AS award_at"
)

# An achievement counts once, when it was first unlocked; of two at one moment, the softcore one is the first.
FIRST = """
    CREATE VIEW first_unlocks AS
    SELECT u.player_id, u.achievement_id, u.game_id, u.hardcore, u.unlocked_at, u.points, u.title{}
    FROM unlocks u
    WHERE u.gone_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM unlocks e
        WHERE e.player_id = u.player_id AND e.achievement_id = u.achievement_id AND e.hardcore <> u.hardcore
          AND e.gone_at IS NULL
          AND (e.unlocked_at < u.unlocked_at OR (e.unlocked_at = u.unlocked_at AND u.hardcore)))"""

OLD_FIRST_UNLOCKS = FIRST.format("")


def first_unlocks() -> str:
    """Return the view with `is_backdated`: the unlock was not visible an hour after its date."""
    later, no = "u.unlocked_at + interval '1 hour'", "false"
    if is_sqlite():
        later, no = "strftime('%Y-%m-%d %H:%M:%f', u.unlocked_at, '+1 hour')", "0"
    return FIRST.format(f", coalesce(u.visible_after > {later}, {no}) AS is_backdated")


def account_history() -> str:
    """Return the view of all measures at each moment at which the value of one changed."""
    differs, any_gap = "IS DISTINCT FROM", "bool_or"
    if is_sqlite():
        differs, any_gap = "IS NOT", "max"
    values = (
        f"""(SELECT s.value FROM account_snapshots s
             WHERE s.player_id = c.player_id AND s.measure = '{measure}'
               AND s.first_seen_at <= c.first_seen_at
             ORDER BY s.first_seen_at DESC LIMIT 1) AS {measure}"""
        for measure in (*MEASURES, "retro_points", "rank")
    )
    return f"""
    CREATE VIEW account_history AS
    SELECT c.player_id, pl.username, c.first_seen_at AS changed_at, {", ".join(values)},
           {any_gap}(c.after_gap) AS after_gap
    FROM (SELECT player_id, first_seen_at, after_gap, value,
                 lag(id) OVER series AS previous_id, lag(value) OVER series AS previous_value
          FROM account_snapshots
          WINDOW series AS (PARTITION BY player_id, measure ORDER BY id)) c
    JOIN players pl ON pl.id = c.player_id
    WHERE c.previous_id IS NULL OR c.value {differs} c.previous_value
    GROUP BY c.player_id, pl.username, c.first_seen_at"""
