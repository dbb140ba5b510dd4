"""Fill the deltas of snapshots that a test has inserted without the writer."""

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS

BEFORE = ", ".join(f"lag({name}) OVER target AS {name}" for name in PROGRESS_COLUMNS)
DIFFERENCES = ", ".join(f"{name}_delta = snapshots.{name} - p.{name}" for name in PROGRESS_COLUMNS)
FILL = sa.text(
    f"""UPDATE snapshots SET {DIFFERENCES}
    FROM (SELECT id, {BEFORE} FROM snapshots
          WINDOW target AS (PARTITION BY player_id, game_id ORDER BY first_seen_at)) p
    WHERE p.id = snapshots.id AND p.num_achieved IS NOT NULL"""  # noqa: S608
)


def fill_deltas(tx: sa.Connection) -> None:
    """Store with each snapshot how its numbers differ from those before."""
    tx.execute(FILL)
