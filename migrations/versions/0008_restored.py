"""Name what came back after a fall, which is no gain, in the views; leave out resumed snapshots of the days.

All snapshots that exist get 0, except rises after a fall of games whose unlocks were marked as gone: these
games are read again, and their unlocks decide.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
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
    op.execute(
        f"UPDATE snapshots SET {', '.join(f'{name} = 0' for name in RESTORED)} WHERE id NOT IN ({OPEN})"
    )
    where = sa.text("restored_achievements IS NULL")
    op.create_index(
        "snapshots_undecided",
        "snapshots",
        ["player_id", "game_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    create_views(after=True)


def downgrade() -> None:
    """Forget what came back: the next upgrade decides it again where it can."""
    op.drop_index("snapshots_undecided", table_name="snapshots")
    op.execute("DROP VIEW daily_progress")
    op.execute("DROP VIEW progress_changes")
    create_views(after=False)
    op.execute(f"UPDATE snapshots SET {', '.join(f'{name} = NULL' for name in RESTORED)}")


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def create_views(*, after: bool) -> None:
    """Create or replace the views; SQLite cannot replace one, but its other views look them up by name."""
    for name, query in (("progress_changes", changes(after=after)), ("daily_progress", daily(after=after))):
        if is_sqlite():
            op.execute(f"DROP VIEW IF EXISTS {name}")
            op.execute(f"CREATE VIEW {name} AS {query}")
        else:
            op.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")


# Rises of games with unlocks that are gone, where the count was higher once and was not reached since.
OPEN = """
    SELECT r.id FROM (
        SELECT id, player_id, game_id, num_achieved, num_achieved_hardcore,
               lag(num_possible_achievements) OVER game AS possible,
               lag(num_achieved) OVER game AS achieved,
               lag(num_achieved_hardcore) OVER game AS hardcore,
               max(num_achieved) OVER before AS highest,
               max(num_achieved_hardcore) OVER before AS highest_hardcore
        FROM snapshots
        WINDOW game AS (PARTITION BY player_id, game_id ORDER BY id),
               before AS (PARTITION BY player_id, game_id ORDER BY id
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) r
    WHERE r.possible > 0
      AND ((r.num_achieved > r.achieved AND r.highest > r.achieved)
           OR (r.num_achieved_hardcore > r.hardcore AND r.highest_hardcore > r.hardcore))
      AND EXISTS (SELECT 1 FROM unlocks u WHERE u.player_id = r.player_id AND u.game_id = r.game_id
                  AND u.gone_at IS NOT NULL)"""

_OF = """FROM snapshots q WHERE q.player_id = s.player_id AND q.game_id = s.game_id
         AND q.first_seen_at < s.first_seen_at ORDER BY q.first_seen_at DESC LIMIT 1"""
_USED = ("id", "last_seen_at", *NUMBERS)  # no more: the view would keep the other columns from being dropped
# All columns of 0001, where `looks` was the name of poll_count: the former view had them, and has them again.
_OLD = (
    *("id", "player_id", "game_id", "first_seen_at", "last_seen_at", "poll_count AS looks", *NUMBERS),
    *("verdict", "after_gap", "is_open", "run_id"),
)


def before(*, after: bool) -> str:
    """Return the join of the snapshot before `s` as `p`, by one step in an index.

    In SQLite's form PostgreSQL would hash the whole table.
    """
    if is_sqlite():
        return f"LEFT JOIN snapshots p ON p.id = (SELECT q.id {_OF})"
    columns = ", ".join(f"q.{name}" for name in (_USED if after else _OLD))
    return f"LEFT JOIN LATERAL (SELECT {columns} {_OF}) p ON true"


IS_RISE = "s.num_achieved > p.num_achieved OR s.num_achieved_hardcore > p.num_achieved_hardcore"
CAME_BACK = f"""
    WHEN ({IS_RISE}) AND s.restored_achievements IS NULL THEN 'unconfirmed'
    WHEN ({IS_RISE})
         AND s.restored_achievements >= s.num_achieved - p.num_achieved
         AND s.restored_achievements_hardcore >= s.num_achieved_hardcore - p.num_achieved_hardcore
         THEN 'restored'"""


def changes(*, after: bool) -> str:
    numbers = ", ".join(f"s.{name}" for name in NUMBERS)
    deltas = ", ".join(f"s.{name} - p.{name} AS {name}_delta" for name in NUMBERS)
    restored = "".join(f", s.{name}" for name in RESTORED) if after else ""
    return f"""
        SELECT s.id, s.player_id, pl.username, s.game_id, g.title,
               p.last_seen_at AS previous_seen_at, s.first_seen_at, s.last_seen_at, s.poll_count,
               {numbers}, {deltas},
               CASE
                 WHEN p.id IS NULL THEN 'baseline'
                 WHEN {" AND ".join(f"s.{n} = p.{n}" for n in NUMBERS)} THEN 'resumed'
                 WHEN p.num_possible_achievements > 0 AND s.num_possible_achievements = 0 THEN 'gone'
                 WHEN p.num_possible_achievements = 0 AND s.num_possible_achievements > 0 THEN 'returned'
                 WHEN s.num_possible_achievements = p.num_possible_achievements
                      AND (s.num_achieved < p.num_achieved
                           OR s.num_achieved_hardcore < p.num_achieved_hardcore) THEN 'reset'
                 WHEN s.num_possible_achievements < p.num_possible_achievements
                      AND s.num_achieved < p.num_achieved THEN 'demoted'
                 {CAME_BACK if after else ""}
                 WHEN s.num_possible_achievements <> p.num_possible_achievements THEN 'set_revised'
                 WHEN s.num_achieved > p.num_achieved THEN 'unlock'
                 WHEN s.num_achieved_hardcore > p.num_achieved_hardcore THEN 'hardcore_upgrade'
                 ELSE 'reweighted'
               END AS kind,
               s.after_gap{restored}
        FROM snapshots s
        JOIN players pl ON pl.id = s.player_id
        JOIN games g ON g.id = s.game_id
        {before(after=after)}"""


def daily(*, after: bool) -> str:
    day = "substr(c.first_seen_at, 1, 10)" if is_sqlite() else "(c.first_seen_at AT TIME ZONE 'UTC')::date"
    any_gap = "max({}.after_gap)" if is_sqlite() else "bool_or({}.after_gap)"
    parts, sums = (_parts, _sums) if after else (_former_parts, _former_sums)
    summed = ", ".join(parts(name, *columns) for name, columns in SUMMED.items())
    # A resumed snapshot changed nothing: it makes no day, and its gap belongs to no change of that day.
    counted = "NOT IN ('baseline', 'resumed')" if after else "<> 'baseline'"
    # Summed by kind first: naming a change costs more than adding it up, and is done once so.
    return f"""
        SELECT k.player_id, k.username, k.day, {", ".join(sums(name) for name in SUMMED)},
               {any_gap.format("k")} AS after_gap
        FROM (SELECT c.player_id, c.username, {day} AS day, c.kind, {summed},
                     {any_gap.format("c")} AS after_gap
              FROM progress_changes c
              WHERE c.kind {counted}
              GROUP BY c.player_id, c.username, {day}, c.kind) k
        GROUP BY k.player_id, k.username, k.day"""


def _parts(name: str, delta: str, restored: str) -> str:
    """Return the sums of one kind and day: all ups and downs, and how much of each came back."""
    back = f"coalesce(c.{restored}, 0)"
    return (
        f"sum(CASE WHEN c.{delta} > 0 THEN c.{delta} ELSE 0 END) AS {name}_up, "
        f"sum(CASE WHEN c.{delta} < 0 THEN -c.{delta} ELSE 0 END) AS {name}_down, "
        f"sum(CASE WHEN c.{delta} > 0 THEN {back} ELSE 0 END) AS {name}_up_back, "
        f"sum(CASE WHEN c.{delta} < 0 THEN {back} ELSE 0 END) AS {name}_down_back"
    )


def _former_parts(name: str, delta: str, _: str) -> str:
    """Return the sums as 0001 wrote them."""
    return (
        f"sum(CASE WHEN c.{delta} > 0 THEN c.{delta} ELSE 0 END) AS {name}_up, "
        f"sum(CASE WHEN c.{delta} < 0 THEN -c.{delta} ELSE 0 END) AS {name}_down"
    )


OWN = "k.kind IN ('unlock', 'hardcore_upgrade', 'reset', 'demoted', 'set_revised')"


def _sums(name: str) -> str:
    """Gained and lost by the player's own doing, without what came back; all else is adjusted."""
    up, down, up_back, down_back = (f"k.{name}_{part}" for part in ("up", "down", "up_back", "down_back"))
    adjusted = f"CASE WHEN {OWN} THEN {up_back} - {down_back} ELSE {up} - {down} END"
    return (
        f"CAST(sum(CASE WHEN {OWN} THEN {up} - {up_back} ELSE 0 END) AS bigint) AS {name}_gained, "
        f"CAST(sum(CASE WHEN {OWN} THEN {down} - {down_back} ELSE 0 END) AS bigint) AS {name}_lost, "
        f"CAST(sum({adjusted}) AS bigint) AS {name}_adjusted"
    )


def _former_sums(name: str) -> str:
    """Return gained, lost and adjusted as 0001 wrote them."""
    up, down = f"k.{name}_up", f"k.{name}_down"
    return (
        f"CAST(sum(CASE WHEN {OWN} THEN {up} ELSE 0 END) AS bigint) AS {name}_gained, "
        f"CAST(sum(CASE WHEN {OWN} THEN {down} ELSE 0 END) AS bigint) AS {name}_lost, "
        f"CAST(sum(CASE WHEN {OWN} THEN 0 ELSE {up} - {down} END) AS bigint) AS {name}_adjusted"
    )
