"""Store with each snapshot how its numbers differ from those before: sums need no search for the former row.

The deltas are those that the view progress_changes has computed so far, and never change: a snapshot is
added at the end of its target's history, and its numbers are not rewritten.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NUMBERS = (
    "num_possible_achievements",
    "possible_score",
    "num_achieved",
    "score_achieved",
    "num_achieved_hardcore",
    "score_achieved_hardcore",
)
DELTAS = tuple(f"{name}_delta" for name in NUMBERS)
SUMMED = {  # sums of a day, by their deltas and by what of them came back
    "achievements": ("num_achieved_delta", "restored_achievements"),
    "points": ("score_achieved_delta", "restored_points"),
    "hardcore_achievements": ("num_achieved_hardcore_delta", "restored_achievements_hardcore"),
    "hardcore_points": ("score_achieved_hardcore_delta", "restored_points_hardcore"),
}
RESTORED = tuple(restored for _, restored in SUMMED.values())


def upgrade() -> None:
    if not is_sqlite():
        op.execute("SET LOCAL statement_timeout = 0")
    for name in DELTAS:
        op.add_column("snapshots", sa.Column(name, sa.Integer))
    op.execute(fill())
    replace_views(changes(STORED, KIND), daily())


def downgrade() -> None:
    replace_views(changes(former(), FORMER_KIND), former_daily())
    for name in DELTAS:
        op.execute(f"ALTER TABLE snapshots DROP COLUMN {name}")


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def replace_views(changes: str, daily: str) -> None:
    """Replace the views; SQLite cannot replace one, but its other views look them up by name."""
    for name, query in (("progress_changes", changes), ("daily_progress", daily)):
        if is_sqlite():
            op.execute(f"DROP VIEW {name}")
            op.execute(f"CREATE VIEW {name} AS {query}")
        else:
            op.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")


def fill() -> str:
    """Return the update of all rows but the first ones of their targets, which differ from none."""
    before = ", ".join(f"lag({name}) OVER target AS {name}" for name in NUMBERS)
    return f"""
        UPDATE snapshots SET {", ".join(f"{name}_delta = snapshots.{name} - p.{name}" for name in NUMBERS)}
        FROM (SELECT id, {before} FROM snapshots
              WINDOW target AS (PARTITION BY player_id, game_id ORDER BY first_seen_at)) p
        WHERE p.id = snapshots.id AND p.num_achieved IS NOT NULL"""


_OF = """FROM snapshots q WHERE q.player_id = s.player_id AND q.game_id = s.game_id
         AND q.first_seen_at < s.first_seen_at ORDER BY q.first_seen_at DESC LIMIT 1"""
STORED = (f"(SELECT q.last_seen_at {_OF})", "s.{0}_delta AS {0}_delta", "")
RISE = "s.num_achieved_delta > 0 OR s.num_achieved_hardcore_delta > 0"
KIND = f"""CASE
                 WHEN s.num_achieved_delta IS NULL THEN 'baseline'
                 WHEN {" AND ".join(f"s.{name} = 0" for name in DELTAS)} THEN 'resumed'
                 WHEN s.num_possible_achievements = 0 AND s.num_possible_achievements_delta < 0 THEN 'gone'
                 WHEN s.num_possible_achievements > 0
                      AND s.num_possible_achievements_delta = s.num_possible_achievements THEN 'returned'
                 WHEN s.num_possible_achievements_delta = 0
                      AND (s.num_achieved_delta < 0 OR s.num_achieved_hardcore_delta < 0) THEN 'reset'
                 WHEN s.num_possible_achievements_delta < 0 AND s.num_achieved_delta < 0 THEN 'demoted'
                 WHEN ({RISE}) AND s.restored_achievements IS NULL THEN 'unconfirmed'
                 WHEN ({RISE}) AND s.restored_achievements >= s.num_achieved_delta
                      AND s.restored_achievements_hardcore >= s.num_achieved_hardcore_delta THEN 'restored'
                 WHEN s.num_possible_achievements_delta <> 0 THEN 'set_revised'
                 WHEN s.num_achieved_delta > 0 THEN 'unlock'
                 WHEN s.num_achieved_hardcore_delta > 0 THEN 'hardcore_upgrade'
                 ELSE 'reweighted'
               END"""


def changes(before: tuple[str, str, str], kind: str) -> str:
    """Return the view. `before`: when the former numbers were last seen, a delta, and a further join."""
    last_seen_at, delta, join = before
    return f"""
        SELECT s.id, s.player_id, pl.username, s.game_id, g.title,
               {last_seen_at} AS previous_seen_at, s.first_seen_at, s.last_seen_at, s.poll_count,
               {", ".join(f"s.{name}" for name in NUMBERS)}, {", ".join(delta.format(n) for n in NUMBERS)},
               {kind} AS kind,
               s.after_gap, {", ".join(f"s.{name}" for name in RESTORED)}
        FROM snapshots s
        JOIN players pl ON pl.id = s.player_id
        JOIN games g ON g.id = s.game_id
        {join}"""


IS_COUNTED = "{0}.game_id NOT IN (SELECT id FROM games WHERE is_event) AND "
CHANGED = "s.num_achieved_delta IS NOT NULL AND NOT (" + " AND ".join(f"s.{n} = 0" for n in DELTAS) + ")"
# The kinds unlock, hardcore_upgrade, set_revised, reset and demoted. Not by `kind`: that costs twice as much.
OWN = f"""
    (s.num_possible_achievements > 0)
      = (s.num_possible_achievements > s.num_possible_achievements_delta)
    AND (s.num_possible_achievements_delta <> 0 OR s.num_achieved_delta <> 0
         OR s.num_achieved_hardcore_delta <> 0)
    AND (NOT ({RISE})
         OR s.num_possible_achievements_delta = 0
            AND (s.num_achieved_delta < 0 OR s.num_achieved_hardcore_delta < 0)
         OR s.num_possible_achievements_delta < 0 AND s.num_achieved_delta < 0
         OR s.restored_achievements IS NOT NULL
            AND NOT (s.restored_achievements >= s.num_achieved_delta
                     AND s.restored_achievements_hardcore >= s.num_achieved_hardcore_delta))"""


def day(row: str) -> str:
    return f"substr({row}, 1, 10)" if is_sqlite() else f"({row} AT TIME ZONE 'UTC')::date"


def any_gap(row: str) -> str:
    return f"max({row}.after_gap)" if is_sqlite() else f"bool_or({row}.after_gap)"


def daily() -> str:
    """Return the view with one level of grouping: SQLite passes a condition on the day through no second."""
    return f"""
        SELECT s.player_id, pl.username, {day("s.first_seen_at")} AS day,
               {", ".join(sums(name, *columns) for name, columns in SUMMED.items())},
               {any_gap("s")} AS after_gap
        FROM snapshots s
        JOIN players pl ON pl.id = s.player_id
        WHERE {IS_COUNTED.format("s")}{CHANGED}
        GROUP BY s.player_id, pl.username, {day("s.first_seen_at")}"""


def sums(name: str, delta: str, restored: str) -> str:
    """Gained and lost by the player's own doing, without what came back; all else is adjusted."""
    back = f"coalesce(s.{restored}, 0)"
    gained = f"sum(CASE WHEN s.{delta} > 0 AND {OWN} THEN s.{delta} - {back} ELSE 0 END)"
    lost = f"sum(CASE WHEN s.{delta} < 0 AND {OWN} THEN -s.{delta} - {back} ELSE 0 END)"
    parts = {"gained": gained, "lost": lost, "adjusted": f"sum(s.{delta}) - {gained} + {lost}"}
    return ", ".join(f"CAST({text} AS bigint) AS {name}_{part}" for part, text in parts.items())


# The former views, as 0008 and 0009 left them.

FORMER_RISE = "s.num_achieved > p.num_achieved OR s.num_achieved_hardcore > p.num_achieved_hardcore"
FORMER_KIND = f"""CASE
                 WHEN p.id IS NULL THEN 'baseline'
                 WHEN {" AND ".join(f"s.{n} = p.{n}" for n in NUMBERS)} THEN 'resumed'
                 WHEN p.num_possible_achievements > 0 AND s.num_possible_achievements = 0 THEN 'gone'
                 WHEN p.num_possible_achievements = 0 AND s.num_possible_achievements > 0 THEN 'returned'
                 WHEN s.num_possible_achievements = p.num_possible_achievements
                      AND (s.num_achieved < p.num_achieved
                           OR s.num_achieved_hardcore < p.num_achieved_hardcore) THEN 'reset'
                 WHEN s.num_possible_achievements < p.num_possible_achievements
                      AND s.num_achieved < p.num_achieved THEN 'demoted'
                 WHEN ({FORMER_RISE}) AND s.restored_achievements IS NULL THEN 'unconfirmed'
                 WHEN ({FORMER_RISE})
                      AND s.restored_achievements >= s.num_achieved - p.num_achieved
                      AND s.restored_achievements_hardcore
                          >= s.num_achieved_hardcore - p.num_achieved_hardcore THEN 'restored'
                 WHEN s.num_possible_achievements <> p.num_possible_achievements THEN 'set_revised'
                 WHEN s.num_achieved > p.num_achieved THEN 'unlock'
                 WHEN s.num_achieved_hardcore > p.num_achieved_hardcore THEN 'hardcore_upgrade'
                 ELSE 'reweighted'
               END"""


def former() -> tuple[str, str, str]:
    columns = ", ".join(f"q.{name}" for name in ("id", "last_seen_at", *NUMBERS))
    join = f"LEFT JOIN LATERAL (SELECT {columns} {_OF}) p ON true"
    if is_sqlite():
        join = f"LEFT JOIN snapshots p ON p.id = (SELECT q.id {_OF})"
    return "p.last_seen_at", "s.{0} - p.{0} AS {0}_delta", join


def former_daily() -> str:
    summed = ", ".join(former_parts(name, *columns) for name, columns in SUMMED.items())
    made = day("c.first_seen_at")
    return f"""
        SELECT k.player_id, k.username, k.day, {", ".join(former_sums(name) for name in SUMMED)},
               {any_gap("k")} AS after_gap
        FROM (SELECT c.player_id, c.username, {made} AS day, c.kind, {summed},
                     {any_gap("c")} AS after_gap
              FROM progress_changes c
              WHERE {IS_COUNTED.format("c")}c.kind NOT IN ('baseline', 'resumed')
              GROUP BY c.player_id, c.username, {made}, c.kind) k
        GROUP BY k.player_id, k.username, k.day"""


def former_parts(name: str, delta: str, restored: str) -> str:
    back = f"coalesce(c.{restored}, 0)"
    return (
        f"sum(CASE WHEN c.{delta} > 0 THEN c.{delta} ELSE 0 END) AS {name}_up, "
        f"sum(CASE WHEN c.{delta} < 0 THEN -c.{delta} ELSE 0 END) AS {name}_down, "
        f"sum(CASE WHEN c.{delta} > 0 THEN {back} ELSE 0 END) AS {name}_up_back, "
        f"sum(CASE WHEN c.{delta} < 0 THEN {back} ELSE 0 END) AS {name}_down_back"
    )


FORMER_OWN = "k.kind IN ('unlock', 'hardcore_upgrade', 'reset', 'demoted', 'set_revised')"


def former_sums(name: str) -> str:
    up, down, up_back, down_back = (f"k.{name}_{part}" for part in ("up", "down", "up_back", "down_back"))
    adjusted = f"CASE WHEN {FORMER_OWN} THEN {up_back} - {down_back} ELSE {up} - {down} END"
    return (
        f"CAST(sum(CASE WHEN {FORMER_OWN} THEN {up} - {up_back} ELSE 0 END) AS bigint) AS {name}_gained, "
        f"CAST(sum(CASE WHEN {FORMER_OWN} THEN {down} - {down_back} ELSE 0 END) AS bigint) AS {name}_lost, "
        f"CAST(sum({adjusted}) AS bigint) AS {name}_adjusted"
    )
