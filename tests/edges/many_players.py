"""A long history in a moment: as many snapshots as are wanted, made by the database itself."""

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.admin.copy import TABLES, in_order
from syncer.store.db.engine import Database
from syncer.store.db.streaming import (
    TableChecksum,
    batches,
    checksum_of,
    disable_timeouts,
    snapshot_transaction,
)
from syncer.store.db.tables import games
from tests.deltas import fill_deltas
from tests.migrated import prepare

from .harness import START

GAMES = 500
ODD = (
    'Commas, "quotes" and\nnew\r\nlines',
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@home",
    "\ttab",
    "\rreturn",
    "'=quoted",
    "Pokémon 🎮",
    "\u05e9\u05dc\u05d5\u05dd \u200fright to left",
    "line\u2028separator",
    "",
    None,
)
MOMENT = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', {}, 'unixepoch')", "postgresql": "to_timestamp({})"}
COUNTED = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count - 1) "
PLAYERS = """
    INSERT INTO players (id, ulid, username, config_name, added_at)
    VALUES (1, '00000000000000000000000000', 'Tester', 'Tester', {begun})"""
TARGETS = """
    INSERT INTO targets (player_id, game_id, source, added_at, failures, promised_seconds)
    SELECT 1, id, 'config', {begun}, 0, 900 FROM games"""
RUNS = """
    INSERT INTO runs (id, player_id, started_at, trigger, outcome, targets_asked, targets_seen,
                      snapshots_added, requests, recorded_batches)
    SELECT i + 1, 1, {run}, 'schedule', 'ok', :games, :games, :games, 5, 5 FROM n"""
SNAPSHOTS = f"""
    INSERT INTO snapshots (id, player_id, game_id, first_seen_at, last_seen_at, poll_count,
                           {", ".join(PROGRESS_COLUMNS)},
                           verdict, after_gap, is_open, closed_at, run_id)
    SELECT i + 1, 1, i % :games + 1, {{first}}, {{last}}, 2, 50, 500, i % 50, i % 500, i % 7, i % 70,
           CASE WHEN i < :games THEN 'new' ELSE 'changed' END, i % 1000 = 999, i >= :count - :games,
           CASE WHEN i < :count - :games THEN {{next}} END, i / :games + 1
    FROM n"""  # noqa: S608


def create_long_history(url: str, count: int) -> Database:
    """One player, five hundred games with odd titles, a run for each round of looks."""
    database = Database(url)
    prepare(database, START)
    titles = [{"id": game + 1, "title": ODD[game % len(ODD)]} for game in range(GAMES)]
    with database.writing() as tx:
        disable_timeouts(tx)  # a million rows on a busy machine
        moment, begun = MOMENT[tx.dialect.name], int(START.timestamp())
        moments = {
            "begun": moment.format(begun),
            "run": moment.format(f"{begun} + i * 900.0"),
            "first": moment.format(f"{begun} + (i / {GAMES}) * 900.0"),
            "last": moment.format(f"{begun} + (i / {GAMES}) * 900.0 + 600"),
            "next": moment.format(f"{begun} + (i / {GAMES} + 1) * 900.0"),
        }
        tx.execute(sa.text(PLAYERS.format(**moments)))
        tx.execute(games.insert(), titles)
        tx.execute(sa.text(TARGETS.format(**moments)))
        many = {"count": count, "games": GAMES}
        tx.execute(sa.text(COUNTED + RUNS.format(**moments)), many | {"count": -(-count // GAMES)})
        tx.execute(sa.text(COUNTED + SNAPSHOTS.format(**moments)), many)
        fill_deltas(tx)
    return database


def cleared(database: Database) -> None:
    """The last check of the suite reads every file: this one need not be long any more."""
    if database.path:
        database.close()
        database.path.unlink()
    else:
        with database.writing() as tx:
            tx.execute(sa.text("TRUNCATE snapshots"))
        database.close()


def all_checksums(database: Database) -> dict[str, TableChecksum]:
    with snapshot_transaction(database) as tx:
        return {table.name: checksum_of(batches(tx, in_order(table), "test")) for table in TABLES}
