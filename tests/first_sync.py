"""The database that the first run of an account leaves: one poll of each game, and all its unlocks.

Invented, but always the same. The rows are those that the program's writers leave: nothing has changed yet,
and all that is older is known from the site's own dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from random import Random
from typing import Any

import sqlalchemy as sa

from syncer.core.model.library import AwardKind
from syncer.store.db.account_tables import account_polls, account_snapshots, awards, games_played, unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import consoles, games, player_names, players, runs, snapshots, targets

from .migrated import prepare

NOW = datetime(2026, 5, 20, 18, 30, tzinfo=UTC)  # a Wednesday
SYNCED = NOW - timedelta(minutes=20)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
CONSOLES = ("Mega Drive", "Nintendo 64", "SNES/Super Famicom", "Game Boy", "PlayStation", "NES/Famicom")
ADJECTIVES = (
    "Lost",
    "Golden",
    "Broken",
    "Silent",
    "Crimson",
    "Frozen",
    "Electric",
    "Hidden",
    "Tiny",
    "Pokémon",
)
NOUNS = ("Castle", "Racer", "Dungeon", "Garden", "Star", "Tower", "Blade", "Circus", "Submarine", "Orchestra")
POINTS = (1, 2, 3, 5, 5, 10, 10, 25)
PLAYER = 1
Row = dict[str, Any]


@dataclass
class Size:
    """How large an account is. `days`: since its first unlock."""

    games: int
    unlocks: int
    days: int


SMALL, LARGE = Size(80, 1_500, 900), Size(8_000, 138_000, 4_000)


@dataclass
class FirstSync:
    """The rows of a first run, by table."""

    size: Size
    rng: Random = field(default_factory=lambda: Random(20260520))
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: sa.Table, **row: Any) -> None:
        self.rows.setdefault(table.name, []).append(row)


def create_first_sync(url: str, size: Size, username: str = "Pixelina") -> Database:
    """Return a new database that holds the first run of an account."""
    database, made = Database(url), FirstSync(size)
    prepare(database, SYNCED)
    _add_player(made, username)
    counts = list(_counts(made))
    for number, (possible, achieved) in enumerate(counts, 1):
        _add_game(made, number, possible, achieved)
    _add_totals(made)
    made.rows[unlocks.name].sort(key=itemgetter("unlocked_at"))  # as they are read, window by window
    tables = (consoles, players, player_names, runs, games, targets, snapshots, unlocks, awards)
    with database.writing() as tx:
        for table in (*tables, account_polls, account_snapshots, games_played):
            tx.execute(table.insert(), made.rows[table.name])
        if database.path is None:
            tx.exec_driver_sql("ANALYZE")
    return database


def _add_player(made: FirstSync, username: str) -> None:
    for number, name in enumerate(CONSOLES, 1):
        made.add(consoles, id=number, name=name, games_listed_at=SYNCED)
    made.add(
        players,
        id=PLAYER,
        ulid=f"{PLAYER:026}",
        username=username,
        config_name=username,
        added_at=SYNCED - 5 * MINUTE,
        profile_checked_at=SYNCED,
        library_synced_at=SYNCED,
        unlocks_synced_until=SYNCED,
        unlocks_resync_at=SYNCED,
    )
    seen = {"first_seen_at": SYNCED - 5 * MINUTE, "last_seen_at": SYNCED}
    made.add(player_names, player_id=PLAYER, username=username, **seen)
    run = {"trigger": "sync", "outcome": "ok", "started_at": SYNCED - 5 * MINUTE, "finished_at": SYNCED}
    made.add(runs, id=1, player_id=PLAYER, **run, targets_asked=made.size.games, targets_seen=made.size.games)
    promise = {"poll_count": 1, "promised_seconds": 900, "after_gap": False, "is_open": True}
    made.add(account_polls, id=1, player_id=PLAYER, first_seen_at=SYNCED, last_seen_at=SYNCED, **promise)


def _counts(made: FirstSync) -> Iterator[tuple[int, int]]:
    """Yield how many achievements each game has, and how many of them are unlocked."""
    left = made.size.unlocks
    for number in range(made.size.games):
        possible = made.rng.randint(20, 60)
        share = made.rng.choice((0, 0.1, 0.4, 0.7, 0.9, 1))
        remaining = made.size.games - number
        wanted = round(2 * share * max(1, left // remaining))
        achieved = min(possible, left, wanted) if remaining > 1 else left
        left -= achieved
        yield max(possible, achieved), achieved


def _add_game(made: FirstSync, number: int, possible: int, achieved: int) -> None:
    rng = made.rng
    title = f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {number}"
    console = 1 + number % len(CONSOLES)
    named = {"title": title, "console_id": console, "console_name": CONSOLES[console - 1]}
    made.add(games, id=number, **named, icon_path=None, updated_at=SYNCED)
    when = {"added_at": SYNCED, "promised_seconds": 86_400, "unlocks_synced_at": None}
    made.add(targets, player_id=PLAYER, game_id=number, source="played", failures=0, **when)
    is_hardcore = rng.random() < 0.8
    # Every set is completed in its last session; an old game is not played again.
    points = [rng.choice(POINTS) for _ in range(possible)]
    began = SYNCED - (rng.random() ** 1.5) * made.size.days * DAY - DAY
    began = SYNCED - DAY * (number % 3) - 90 * MINUTE if number <= 9 else began
    at = began
    for n in range(achieved):
        at = min(SYNCED - 6 * MINUTE, began + (n * rng.randint(1, 4)) * MINUTE + (n // 12) * DAY)
        _add_unlock(made, number, n, points[n], at, hardcore=is_hardcore)
    _add_snapshot(made, number, points, achieved, hardcore=is_hardcore)
    made.add(games_played, player_id=PLAYER, game_id=number, last_played_at=at.replace(microsecond=0))
    if kind := _award(achieved, possible, hardcore=is_hardcore):
        made.add(
            awards, player_id=PLAYER, game_id=number, kind=kind, first_seen_at=SYNCED, awarded_at=_whole(at)
        )


def _award(achieved: int, possible: int, *, hardcore: bool) -> str | None:
    if achieved == possible:
        return AwardKind.MASTERED if hardcore else AwardKind.COMPLETED
    if achieved > 0.4 * possible:
        return AwardKind.BEATEN_HARDCORE if hardcore else AwardKind.BEATEN_SOFTCORE
    return None


def _add_unlock(made: FirstSync, game: int, n: int, points: int, at: datetime, *, hardcore: bool) -> None:
    made.add(
        unlocks,
        player_id=PLAYER,
        achievement_id=1000 * game + n,
        hardcore=hardcore,
        game_id=game,
        unlocked_at=_whole(at),
        points=points,
        title=f"Feat {n} of game {game}",
        first_seen_at=SYNCED,
        gone_at=None,
        source="backfill",
        visible_after=None,
    )


def _add_snapshot(made: FirstSync, game: int, points: list[int], achieved: int, *, hardcore: bool) -> None:
    score = sum(points[:achieved])
    made.add(
        snapshots,
        player_id=PLAYER,
        game_id=game,
        first_seen_at=SYNCED - 4 * MINUTE,
        last_seen_at=SYNCED - 4 * MINUTE,
        poll_count=1,
        num_possible_achievements=len(points),
        possible_score=sum(points),
        num_achieved=achieved,
        score_achieved=score,
        num_achieved_hardcore=achieved if hardcore else 0,
        score_achieved_hardcore=score if hardcore else 0,
        verdict="new",
        after_gap=False,
        is_open=True,
        run_id=1,
        restored_achievements=0,
        restored_points=0,
        restored_achievements_hardcore=0,
        restored_points_hardcore=0,
    )


def _add_totals(made: FirstSync) -> None:
    rows = made.rows[unlocks.name]
    hardcore = sum(row["points"] for row in rows if row["hardcore"])
    softcore = sum(row["points"] for row in rows) - hardcore
    values = {
        "hardcore_points": hardcore,
        "softcore_points": softcore,
        "retro_points": 2 * hardcore,
        "rank": 1234,
    }
    seen = {"first_seen_at": SYNCED, "last_seen_at": SYNCED, "poll_count": 1, "promised_seconds": 3600}
    for number, (measure, value) in enumerate(values.items(), 1):
        row = {"id": number, "player_id": PLAYER, "measure": measure, "value": value}
        made.add(account_snapshots, **row, **seen, after_gap=False, is_open=True)


def _whole(moment: datetime) -> datetime:
    """Return the moment in whole seconds, as the site dates unlocks."""
    return moment.replace(microsecond=0)
