"""Two years of three players, invented but always the same, for the numbers of reviews.

The first months are known from the dates of unlocks only. Recording began then, and has gaps, one of them
over new year. Sets are completed, revised and demoted, unlocks are redone in hardcore or taken back, and
evenings go on after midnight. The first player is in hardcore, the second in softcore first; the unlocks of
the third are not read any more after a while.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.account_tables import account_polls, awards, play_sessions, unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import RESTORED, games, players, snapshots, targets
from tests.deltas import fill_deltas
from tests.migrated import prepare

from .sql_world import Row

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
START, DAYS = datetime(2024, 1, 1, tzinfo=UTC), 731  # the first of these years has 366 days
END = START + DAYS * DAY
FIRST_POLL = START + 100 * DAY + 9 * HOUR
UNREAD_SINCE = START + 500 * DAY  # of player 3
EVERY, GAP_AFTER = timedelta(minutes=15), timedelta(minutes=30)
AWAY = tuple(
    (START + timedelta(days=day), START + timedelta(days=day, hours=hours))
    for day, hours in ((200, 80), (364, 90), (500, 5))
)
GAMES, SET, EVENT, UNNAMED = 20, 40, 19, 20
CONSOLES = ("Mega Drive", "NES/Famicom", "Game Boy")
NAMES = ("O'Neil", "Zoë 🎮", "Wren")
WITH_ROWS = (players, games, targets, account_polls, snapshots, unlocks, awards, play_sessions)
Rows = dict[str, list[Row]]


@dataclass
class Set:
    """The progress of a player in one game: points by achievement, and what is unlocked in which mode."""

    points: dict[int, int]
    softcore: set[int] = field(default_factory=set)
    hardcore: set[int] = field(default_factory=set)

    @property
    def numbers(self) -> tuple[int, ...]:
        every, hard = (self.softcore | self.hardcore) & self.points.keys(), self.hardcore & self.points.keys()
        worth = [sum(self.points[a] for a in some) for some in (self.points, every, hard)]
        return len(self.points), worth[0], len(every), worth[1], len(hard), worth[2]


def create_review_years(url: str) -> Database:
    """Return a new database that holds the two years."""
    database = Database(url)
    prepare(database, START)
    rows = two_years()
    with database.writing() as tx:
        for table in WITH_ROWS:
            tx.execute(table.insert(), rows[table.name])
        fill_deltas(tx)
        if database.path is None:
            tx.execute(sa.text("ANALYZE"))
    return database


def two_years() -> Rows:
    rows: Rows = {table.name: [] for table in WITH_ROWS}
    rows["games"] = [game_row(game) for game in range(1, GAMES + 1)]
    for player, name in enumerate(NAMES, 1):
        until = UNREAD_SINCE if player == 3 else END
        rows["players"].append(
            {"id": player, "ulid": f"{player:026}", "username": name, "config_name": name}
            | {"added_at": FIRST_POLL, "profile_checked_at": END, "unlocks_synced_until": until}
        )
        rows["account_polls"] += account_rows(player)
        Life(player, rows).live()
    for number, row in enumerate(sorted(rows["snapshots"], key=lambda row: row["first_seen_at"]), 1):
        row["id"] = number
    return rows


def game_row(game: int) -> Row:
    named = {
        "title": f"Game {game} & co.",
        "console_name": CONSOLES[game % len(CONSOLES)],
        "updated_at": START,
    }
    unnamed = dict.fromkeys(named)
    return {"id": game, **(unnamed if game == UNNAMED else named), "is_event": game == EVENT}


def account_rows(player: int) -> Iterator[Row]:
    begins = [FIRST_POLL, *(end for _, end in AWAY)]
    ends = [*(begin for begin, _ in AWAY), END - player * HOUR]  # a gap of two players goes on
    for begin, end in zip(begins, ends, strict=True):
        row = {"player_id": player, "first_seen_at": begin, "last_seen_at": end, "poll_count": 9}
        row |= {"promised_seconds": int(EVERY.total_seconds()), "after_gap": begin != FIRST_POLL}
        yield row | {"is_open": end == ends[-1]}


class Life:
    """What one player does, and the rows that it leaves."""

    def __init__(self, player: int, rows: Rows) -> None:
        self.player, self.rows, self.rng = player, rows, Random(player)
        self.sets = {
            game: Set({100 * game + n: self.rng.choice((0, 1, 5, 5, 10, 25)) for n in range(SET)})
            for game in range(1, GAMES + 1)
        }
        self.open: dict[int, Row] = {}

    def live(self) -> None:
        for game in self.sets:
            key: Row = {"player_id": self.player, "game_id": game}
            target: Row = {"source": "played", "added_at": FIRST_POLL, "failures": 0, "promised_seconds": 900}
            self.rows["targets"].append(key | target)
        for day in range(DAYS - 1):
            if day == 100:
                for game in self.sets:
                    self.poll(game, FIRST_POLL)
            if self.rng.random() < 0.6:
                self.play(START + day * DAY + self.rng.choice((2, 9, 17, 20, 21, 22, 23)) * HOUR, day)
            if self.rng.random() < 0.04:
                self.revise(START + day * DAY + 12 * HOUR)

    def play(self, begin: datetime, day: int) -> None:
        """Unlock some of one game, in an evening that may end after midnight."""
        game = min(GAMES, 1 + day // 36 + self.rng.choice((0, 0, 0, 1)))
        moment = begin + self.rng.randrange(3600) * timedelta(seconds=1)
        self.session(game, moment, moment + self.rng.choice((0, 20, 95, 200)) * MINUTE)
        for _ in range(self.rng.randrange(1, 6)):
            moment += self.rng.choice((40, 300, 900, 3600)) * timedelta(seconds=1)
            self.unlock(game, moment)
        self.poll(game, moment + 10 * MINUTE)

    def unlock(self, game: int, at: datetime) -> None:
        mine = self.sets[game]
        todo = sorted(mine.points.keys() - mine.softcore - mine.hardcore)
        again = sorted(mine.softcore - mine.hardcore)
        if again and (not todo or self.rng.random() < 0.25):
            achievement, hardcore = self.rng.choice(again), True
        elif todo:
            achievement, hardcore = (
                self.rng.choice(todo),
                self.rng.random() < (0.95, 0.1, 0.6)[self.player - 1],
            )
        else:
            return
        (mine.hardcore if hardcore else mine.softcore).add(achievement)
        if self.player == 3 and at > UNREAD_SINCE:
            return
        row: Row = {"player_id": self.player, "achievement_id": achievement, "hardcore": hardcore}
        row |= {"game_id": game}
        row |= {"unlocked_at": at, "points": mine.points[achievement], "title": f"No. {achievement}"}
        gone = at + DAY if self.rng.random() < 0.02 else None
        self.rows["unlocks"].append(row | {"first_seen_at": at + HOUR, "source": "seen", "gone_at": gone})

    def poll(self, game: int, at: datetime) -> None:
        """Store a snapshot if the numbers are new; in a gap the first poll after it shows them."""
        at = next((end for begin, end in AWAY if begin <= at < end), at) + game * timedelta(milliseconds=417)
        numbers, before = self.sets[game].numbers, self.open.get(game)
        if at < FIRST_POLL or (before and numbers == tuple(before[name] for name in PROGRESS_COLUMNS)):
            return
        if before and before["first_seen_at"] >= at:
            before |= dict(zip(PROGRESS_COLUMNS, numbers, strict=True))
            return
        for old in [before] if before else []:
            old |= {"last_seen_at": at - EVERY, "closed_at": at, "is_open": False}
            old["last_seen_at"] = max(old["last_seen_at"], old["first_seen_at"])
            self.reach(game, old, numbers, at)
        row = {"player_id": self.player, "game_id": game, "first_seen_at": at, "last_seen_at": END}
        row |= {"closed_at": None, "poll_count": 3, "verdict": "changed" if before else "new"}
        row |= {"after_gap": False, "is_open": True, **self.restored(before, numbers)}
        self.open[game] = row | dict(zip(PROGRESS_COLUMNS, numbers, strict=True))
        self.rows["snapshots"].append(self.open[game])

    def restored(self, before: Row | None, numbers: tuple[int, ...]) -> Row:
        """Return how much of a rise came back: seldom all of it, or it is not decided."""
        roll = self.rng.random() if before else 1.0
        rises = (
            [new - before[name] for name, new in zip(PROGRESS_COLUMNS, numbers, strict=True)][2:]
            if before
            else []
        )
        if roll < 0.03 and rises:
            return dict(zip(RESTORED, rises, strict=True))
        return dict.fromkeys(RESTORED, None if roll < 0.05 else 0)

    def reach(self, game: int, before: Row, numbers: tuple[int, ...], at: datetime) -> None:
        """Store the award of a set that is full or half done; the site has not listed each of them."""
        possible, _, achieved, _, hardcore, _ = numbers
        kind = "mastered" if hardcore >= possible else "completed" if achieved >= possible else None
        if kind is None and before["num_achieved"] < possible // 2 <= achieved:
            kind = "beaten-hardcore" if hardcore > possible // 3 else "beaten-softcore"
        listed = [row["kind"] for row in self.rows["awards"] if self.is_mine(row, game)]
        if kind and kind not in listed and self.rng.random() < 0.6:
            awarded = at - self.rng.choice((10, 50, 300)) * MINUTE
            row = {"player_id": self.player, "game_id": game, "kind": kind, "awarded_at": awarded}
            self.rows["awards"].append(row | {"first_seen_at": at + self.rng.choice((-20, 20)) * MINUTE})

    def is_mine(self, row: Row, game: int) -> bool:
        return (row["player_id"], row["game_id"]) == (self.player, game)

    def revise(self, at: datetime) -> None:
        """Add to a set or take something from it."""
        game = self.rng.randrange(1, GAMES + 1)
        points = self.sets[game].points
        if self.rng.random() < 0.3:
            points.pop(max(points))
        else:
            points.update({max(points) + n: 5 for n in range(1, self.rng.randrange(2, 5))})
        self.poll(game, at)

    def session(self, game: int, begin: datetime, end: datetime) -> None:
        if begin < FIRST_POLL:
            return
        absent = next((away for away, back in AWAY if away <= begin < back), None)
        # Of each session another moment: together with the game it is the key.
        after = absent + (begin - absent) // 1000 if absent else begin - 5 * MINUTE
        for other in (game, game % GAMES + 1)[: self.rng.choice((1, 1, 2))]:  # two at the same time
            row = {
                "player_id": self.player,
                "game_id": other,
                "started_after": after,
                "started_before": begin,
            }
            self.rows["play_sessions"].append(row | {"ended_at": end, "is_open": False, "after_gap": False})
            after, begin = after + MINUTE, min(begin + 4 * MINUTE, end)
