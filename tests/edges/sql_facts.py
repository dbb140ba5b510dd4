"""Five months of two players, invented but always the same: the rows that a daemon would have left.

In it: absences, a running gap, a removed game, resets, revisions before and after mastery, a demotion, a
set that was reweighted, one that was emptied and came back, softcore unlocks redone in hardcore, unlocks from
before recording began, and titles that break what is careless.
"""

from random import Random

import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.account_tables import (
    account_polls,
    account_snapshots,
    awards,
    consistency_checks,
    games_played,
    play_sessions,
    player_jobs,
    playtime,
)
from syncer.store.db.engine import Database
from syncer.store.db.tables import (
    consoles,
    game_titles,
    games,
    messages,
    player_names,
    players,
    rejections,
    runs,
    snapshots,
    targets,
    unlocks,
)
from tests.deltas import fill_deltas

from .sql_play import last_played, play
from .sql_play import playtime as playtime_of
from .sql_polls import doubt as doubt
from .sql_polls import poll_all, run
from .sql_unlocks import awarded, compared, played, target, total, unlock
from .sql_world import CONSOLES, EVENT, EVENTS, FORGOTTEN, LISTED, TITLES, Sets
from .sql_world import DAY as DAY
from .sql_world import GAP_AFTER as GAP_AFTER
from .sql_world import NOW as NOW
from .sql_world import START as START
from .sql_world import Facts as Facts

TABLES: tuple[sa.Table, ...] = (
    *(players, player_names, games, game_titles, targets, runs, snapshots, rejections, unlocks),
    consoles,
    messages,
    awards,
    account_snapshots,
    account_polls,
    consistency_checks,
    player_jobs,
    games_played,
    play_sessions,
    playtime,
)


def write(database: Database, facts: Facts) -> None:
    with database.writing() as tx:
        for table in TABLES:
            tx.execute(table.insert(), getattr(facts, table.name))
        fill_deltas(tx)
        if database.path is None:
            tx.execute(sa.text("ANALYZE"))


def database_of_five_months(url: str) -> Database:
    """Return a new database that holds five months."""
    database = Database(url)
    upgrade_schema(database, START)
    write(database, five_months())
    return database


def five_months() -> Facts:
    """Return the rows of both players, always the same."""
    facts, rng = Facts(), Random(20260107)
    sets = Sets(
        {game: {1000 * game + n: rng.choice((1, 2, 5, 10, 25)) for n in range(12)} for game in TITLES}
    )
    sets.points[1].update({1012 + n: 10 for n in range(8)})
    sets.points[FORGOTTEN].update({1000 * FORGOTTEN + n: 1 for n in (12, 13, 14)})
    name_all(facts)
    for player in (1, 2):
        live(facts, player, sets, Random(player))
    facts.runs.append(run(len(facts.runs) + 1, None, NOW - DAY, "failed", 1, "no such player"))
    for rows in (facts.snapshots, facts.account_snapshots, facts.account_polls):
        for number, row in enumerate(rows, 1):
            row["id"] = number
    facts.messages.append(
        {"id": 1, "service": "json-0a1b", "kind": "mastered", "player_id": 1, "game_id": 1, "text": "M"}
        | {
            "created_at": NOW,
            "attempts": 1,
            "next_attempt_at": None,
            "delivered_at": NOW,
            "given_up_at": None,
        }
        | {"error": None}
    )
    facts.rejections.append(doubt(1, 1, START + 30 * DAY, "suspect_zero", "[12, 90, 0, 0, 0, 0]"))
    facts.rejections.append(doubt(2, None, START + 31 * DAY, "unparsable", "<h1>Maintenance's</h1>"))
    facts.rejections.append(doubt(3, 10, START + 32 * DAY, "suspect_zero", "[12, 90, 0, 0, 0, 0]"))
    facts.rejections.append(doubt(4, None, START + 33 * DAY, "mass_drop", "{}"))
    facts.rejections.append(doubt(5, None, START + 34 * DAY, "unparsable_row", "{}", "the played games"))
    unresolved = doubt(6, None, START + 35 * DAY, "unparsable", "[]")
    facts.rejections.append(unresolved | {"player_id": None})
    return facts


def name_all(facts: Facts) -> None:
    facts.consoles += [{"id": number, "name": name, "games_listed_at": NOW} for number, name in CONSOLES]
    for player, name in ((1, "O'Brien"), (2, "Zoë 🎮")):
        facts.players.append(
            {"id": player, "ulid": f"{player:026}", "username": name, "config_name": name, "added_at": START}
            | {
                "profile_checked_at": NOW,
                "gone_at": None,
                "library_synced_at": NOW,
                "unlocks_synced_until": NOW,
            }
        )
        seen = {"player_id": player, "first_seen_at": START, "username": name, "last_seen_at": NOW}
        facts.player_names.append(seen)
    for game, title in TITLES.items():
        console, called = console_of(game) if title else (None, None)
        facts.games.append(
            {"id": game, "title": title, "console_id": console, "console_name": called, "icon_path": None}
            | {"updated_at": START if title else None, "is_event": game == EVENT}
        )
        if title:
            renamed = game in (3, 9)
            if renamed:
                old = {"title": f"~Demo~ {title}", "first_seen_at": START, "last_seen_at": START + 9 * DAY}
                facts.game_titles.append({"game_id": game, **old})
            since = START + 10 * DAY if renamed else START
            new = {"title": title, "first_seen_at": since, "last_seen_at": NOW}
            facts.game_titles.append({"game_id": game, **new})


def console_of(game: int) -> tuple[int | None, str]:
    number, name = EVENTS if game == EVENT else CONSOLES[game % 3]
    return None if game == LISTED else number, name


def live(facts: Facts, player: int, sets: Sets, rng: Random) -> None:
    """One player: first what was played, then what the polls returned."""
    earned = list(played(player, sets, rng))
    for game in TITLES:
        if (player, game) != (2, 10) and game != LISTED:
            facts.targets.append(target(player, game))
            facts.awards += awarded(player, game, earned, sets)
    facts.unlocks += [unlock(player, one) for one in earned]
    facts.account_snapshots += total(player)
    facts.consistency_checks.append(compared(player))
    sessions = list(play(player))
    facts.play_sessions += sessions
    facts.games_played += last_played(sessions)
    facts.playtime.append(playtime_of(player))
    facts.player_jobs.append(
        {"player_id": player, "kind": "unlock_window", "last_at": NOW, "next_at": None, "cursor": None}
        | {"pending": 0}
    )
    poll_all(facts, player, earned, sets)
