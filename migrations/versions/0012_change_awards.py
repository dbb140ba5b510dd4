"""Name in the view progress_changes the best award that each change brought, as pages and commands do.

The site lists an award later than it counts the unlock, so the award is no column of the snapshot: the view
looks for it by its date.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
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
RESTORED = (
    "restored_achievements",
    "restored_points",
    "restored_achievements_hardcore",
    "restored_points_hardcore",
)


def upgrade() -> None:
    if is_sqlite():
        op.execute("DROP VIEW progress_changes")  # the views that others made upon it look it up by name
        op.execute(f"CREATE VIEW progress_changes AS {changes(award=True)}")
    else:
        op.execute(f"CREATE OR REPLACE VIEW progress_changes AS {changes(award=True)}")


def downgrade() -> None:
    op.execute("DROP VIEW progress_changes")  # no column of a view can be taken away in place
    op.execute(f"CREATE VIEW progress_changes AS {changes(award=False)}")


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


# As 0011 made them.

PREVIOUS = """(SELECT q.last_seen_at FROM snapshots q
         WHERE q.player_id = s.player_id AND q.game_id = s.game_id
         AND q.first_seen_at < s.first_seen_at ORDER BY q.first_seen_at DESC LIMIT 1)"""
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

# A set that is back, and a rise that came back or is not decided yet, bring no award.

HAD_SET = "s.num_possible_achievements > s.num_possible_achievements_delta"
IS_NEW = f"""(NOT ({RISE})
         OR s.restored_achievements IS NOT NULL
            AND NOT (s.restored_achievements >= s.num_achieved_delta
                     AND s.restored_achievements_hardcore >= s.num_achieved_hardcore_delta))"""
GAINED = f"""(s.num_possible_achievements > 0 AND {HAD_SET}
              AND (s.num_achieved_delta > s.restored_achievements
                   OR s.num_achieved_hardcore_delta > s.restored_achievements_hardcore))"""


def has_all(number: str, *, before: bool = False) -> str:
    """Return the condition that a count is that of the set, after a change or before it."""
    count, possible = (
        f"s.{name} - s.{name}_delta" if before else f"s.{name}" for name in (number, NUMBERS[0])
    )
    return f"({count} >= {possible})"


FULL = f"s.num_possible_achievements > 0 AND {HAD_SET} AND {IS_NEW}"
IS_MASTERED = f"""{FULL} AND {has_all("num_achieved_hardcore")}
                 AND NOT {has_all("num_achieved_hardcore", before=True)}"""
IS_COMPLETED = f"""{FULL} AND {has_all("num_achieved")}
                 AND NOT {has_all("num_achieved_hardcore")} AND NOT {has_all("num_achieved", before=True)}
                 AND NOT {has_all("num_achieved_hardcore", before=True)}"""
LISTED = f"""(SELECT a.kind FROM awards a
                  WHERE {GAINED} AND a.player_id = s.player_id AND a.game_id = s.game_id
                    AND a.awarded_at <= s.first_seen_at AND a.awarded_at > {PREVIOUS}
                    AND a.gone_at IS NULL AND a.awarded_at <> a.first_seen_at
                    AND a.kind IN ('mastered', 'completed', 'beaten-hardcore', 'beaten-softcore')
                    AND (a.kind = 'mastered' OR NOT ({IS_COMPLETED}))
                  ORDER BY CASE a.kind WHEN 'mastered' THEN 1 WHEN 'completed' THEN 2
                                       WHEN 'beaten-hardcore' THEN 3 ELSE 4 END
                  LIMIT 1)"""
AWARD = f"""CASE WHEN {IS_MASTERED} THEN 'mastered'
                ELSE coalesce({LISTED}, CASE WHEN {IS_COMPLETED} THEN 'completed' END)
           END"""


def changes(*, award: bool) -> str:
    further = f", {AWARD} AS award" if award else ""
    return f"""
        SELECT s.id, s.player_id, pl.username, s.game_id, g.title,
               {PREVIOUS} AS previous_seen_at, s.first_seen_at, s.last_seen_at, s.poll_count,
               {", ".join(f"s.{name}" for name in NUMBERS)}, {", ".join(f"s.{d} AS {d}" for d in DELTAS)},
               {KIND} AS kind,
               s.after_gap, {", ".join(f"s.{name}" for name in RESTORED)}{further}
        FROM snapshots s
        JOIN players pl ON pl.id = s.player_id
        JOIN games g ON g.id = s.game_id
        """
