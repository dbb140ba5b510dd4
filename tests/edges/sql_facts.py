"""Five months of two players, invented but always the same: the rows that a daemon would have left.

In it: absences, a running gap, a removed game, resets, revisions before and after mastery, a demotion, a
set that was reweighted, one that vanished and came back, casual unlocks redone in hardcore, unlocks from
before we followed, and titles that break what is careless.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
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

Row = dict[str, Any]
START = datetime(2026, 1, 7, 9, tzinfo=UTC)  # a Wednesday
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)  # the summer time of Europe began meanwhile
EVERY, GAP_AFTER = timedelta(hours=2), timedelta(minutes=30)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AWAY = ((START + 20 * DAY, START + 23 * DAY), (START + 100 * DAY, START + 100 * DAY + 7 * HOUR))
FORGOTTEN, REMOVED = 11, 12  # games of player 1: not asked about any more; not followed any more
ALMOST = {9: 11, 11: 12, REMOVED: 10}  # unlocks of player 1; 12 of 15 are 80 %, exactly
TITLES = {
    1: "Sonic the Hedgehog",
    2: "It's a \"quote\", isn't it?; DROP TABLE players --",
    3: "Pokémon 🎮 красный 赤",
    4: "لعبة",
    5: "=cmd()|' /C calc'!A0",
    6: "two\nlines",
    7: "100 % :since \\ done",
    8: "Mario's <b>Picross</b>",
    9: "~Hack~ Zelda",
    10: None,
    11: "Tetris",
    12: "tetris",
    13: "Nobody unlocked anything here",
}
CONSOLES = ((1, "Mega Drive"), (7, "NES/Famicom"), (4, "Game Boy"))


@dataclass
class Sets:
    """What each game's set is worth, at a moment: points by achievement."""

    points: dict[int, dict[int, int]] = field(default_factory=dict)

    def at(self, moment: datetime) -> dict[int, dict[int, int]]:
        now = {game: dict(points) for game, points in self.points.items()}
        for when, game, change in REVISIONS:
            if when <= moment:
                change(now[game])
        return now


def grown(first: int, count: int) -> Any:
    return lambda points: points.update({first + n: 5 for n in range(count)})


REVISIONS: tuple[tuple[datetime, int, Any], ...] = (
    (START + 60 * DAY, 3, grown(3900, 4)),
    (START + 70 * DAY, 1, grown(1900, 3)),  # after its mastery
    (START + 80 * DAY, 5, lambda points: points.update({a: 2 * worth for a, worth in points.items()})),
    (START + 90 * DAY, 4, lambda points: points.pop(4000)),  # a demotion
    (START + 95 * DAY, 1, grown(1950, 1)),
    (START + 100 * DAY, 7, grown(7900, 2)),  # after its completion
    (START + 110 * DAY, 6, dict.clear),
    (START + 112 * DAY, 6, grown(6000, 12)),
    (START + 120 * DAY, 2, lambda points: points.pop(2001)),  # after its mastery, too
)
RESETS = ((1, 7, START + 75 * DAY), (2, 8, START + 130 * DAY))  # player, game, when


@dataclass
class Facts:
    """Rows by table, in the order in which they can be inserted."""

    players: list[Row] = field(default_factory=list)
    player_names: list[Row] = field(default_factory=list)
    games: list[Row] = field(default_factory=list)
    game_titles: list[Row] = field(default_factory=list)
    targets: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)
    snapshots: list[Row] = field(default_factory=list)
    rejections: list[Row] = field(default_factory=list)
    unlocks: list[Row] = field(default_factory=list)
    consoles: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)


TABLES: tuple[sa.Table, ...] = (
    *(players, player_names, games, game_titles, targets, runs, snapshots, rejections, unlocks),
    consoles,
    messages,
)


def write(database: Database, facts: Facts) -> None:
    with database.writing() as tx:
        for table in TABLES:
            tx.execute(table.insert(), getattr(facts, table.name))
        if database.path is None:
            tx.execute(sa.text("ANALYZE"))


def lived() -> Facts:
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
    for number, row in enumerate(facts.snapshots, 1):
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
            | {"total_points": None, "total_softcore_points": None}
        )
        seen = {"player_id": player, "first_seen_at": START, "username": name, "last_seen_at": NOW}
        facts.player_names.append(seen)
    for game, title in TITLES.items():
        console, called = CONSOLES[game % 3] if title else (None, None)
        facts.games.append(
            {"id": game, "title": title, "console_id": console, "console_name": called, "icon_path": None}
            | {"updated_at": START if title else None}
        )
        if title:
            renamed = game in (3, 9)
            if renamed:
                old = {"title": f"~Demo~ {title}", "first_seen_at": START, "last_seen_at": START + 9 * DAY}
                facts.game_titles.append({"game_id": game, **old})
            since = START + 10 * DAY if renamed else START
            new = {"title": title, "first_seen_at": since, "last_seen_at": NOW}
            facts.game_titles.append({"game_id": game, **new})


def live(facts: Facts, player: int, sets: Sets, rng: Random) -> None:
    """One player: first what was played, then what the looks saw of it."""
    earned = list(played(player, sets, rng))
    for game in TITLES:
        if (player, game) != (2, 10):
            facts.targets.append(target(player, game, earned, sets))
    facts.unlocks += [unlock(player, one) for one in earned]
    look_at_all(facts, player, earned, sets)


@dataclass
class Earned:
    at: datetime
    game: int
    achievement: int
    hardcore: bool
    points: int
    gone_at: datetime | None = None


def played(player: int, sets: Sets, rng: Random) -> Iterator[Earned]:
    """Evenings with some unlocks each, a few of them long before we followed."""
    have: set[tuple[int, bool]] = set()
    for day in range(-40, 154):
        if rng.random() < 0.45:
            continue
        moment = (
            START
            + day * DAY
            + timedelta(hours=rng.choice((1, 7, 8, 11, 12, 12, 13)), seconds=rng.randrange(3600))
        )
        # Games 1 and 2 early on, to be mastered; the others in turn.
        choice = [player] if day < 25 else [2, 3, 4, 5, 6, 7, 8, 9, 10][(day // 20) % 4 :]
        for _ in range(rng.randrange(1, 6)):
            moment += timedelta(seconds=rng.choice((40, 300, 900, 3599, 3600, 3601, 5000)))
            game = rng.choice(choice)
            one = next_one(have, game, moment, sets, rng)
            if one and not any(reset[:2] == (player, game) and reset[2] <= moment for reset in RESETS):
                one.gone_at = gone(player, one)
                have.add((one.achievement, one.hardcore))
                yield one
    for game, count in ALMOST.items():
        for n in range(count if player == 1 else 3):  # almost finished, and left alone
            yield Earned(
                START - 30 * DAY + n * HOUR, game, 1000 * game + n, False, sets.points[game][1000 * game + n]
            )
    if player == 1:  # one more, that moderation took back
        yield Earned(NOW - 20 * DAY, 9, 9011, False, sets.points[9][9011], gone_at=NOW - 19 * DAY)


def next_one(
    have: set[tuple[int, bool]], game: int, moment: datetime, sets: Sets, rng: Random
) -> Earned | None:
    worth = sets.at(moment)[game] if game != 9 else {}
    todo = [a for a in worth if not have & {(a, True), (a, False)}]
    redone = [a for a in worth if (a, False) in have and (a, True) not in have]
    if redone and (not todo or rng.random() < 0.2):
        a = rng.choice(redone)
        return Earned(moment, game, a, True, worth[a])
    if not todo:
        return None
    return Earned(moment, game, todo[0], game in (1, 2) or rng.random() < 0.5, worth[todo[0]])


def gone(player: int, one: Earned) -> datetime | None:
    """When the site stopped telling of it: the game was reset, or the achievement was demoted."""
    reset = [when for who, game, when in RESETS if (who, game) == (player, one.game)]
    demoted = {4000: START + 90 * DAY, 2001: START + 120 * DAY}
    if reset:
        return reset[0] + HOUR
    return demoted[one.achievement] + HOUR if one.achievement in demoted else None


def target(player: int, game: int, earned: list[Earned], sets: Sets) -> Row:
    whole = set(sets.points[game])
    hard = sorted(e.at for e in earned if e.hardcore and e.achievement in whole)
    first = {e.achievement: e.at for e in reversed(earned) if e.achievement in whole}
    kind, at = None, None
    if len(hard) == len(whole):
        kind, at = "mastered", hard[-1]
    elif len(first) == len(whole):
        kind, at = "completed", max(first.values())
    elif len(first) > 6:
        kind, at = "beaten-softcore", START
    expected = NOW + EVERY
    if (player, game) == (1, FORGOTTEN):
        expected = NOW - 10 * DAY
    removed = None
    if (player, game) == (1, REMOVED):
        expected = removed = NOW - 30 * DAY
    return {
        "player_id": player,
        "game_id": game,
        "source": "played",
        "added_at": START,
        "removed_at": removed,
        "due_at": expected,
        "expected_at": expected,
        "failures": 0,
        "interval_seconds": 7200,
        "award_kind": kind,
        "award_at": at,
    }


def unlock(player: int, one: Earned) -> Row:
    seen = max(one.at, START) + HOUR
    absent = any(begin <= one.at < end for begin, end in AWAY)
    source = "backfill" if one.at < START else "repaired" if absent else "seen"
    return {
        "player_id": player,
        "achievement_id": one.achievement,
        "hardcore": one.hardcore,
        "game_id": one.game,
        "unlocked_at": one.at,
        "points": one.points,
        "title": f"No. {one.achievement}: it's “done”",
        "first_seen_at": seen,
        "gone_at": one.gone_at,
        "source": source,
    }


def moments() -> Iterator[datetime]:
    moment = START
    while moment <= NOW:
        if not any(begin <= moment < end for begin, end in AWAY):
            yield moment
        moment += EVERY


def asked(player: int, game: int, moment: datetime) -> bool:
    if (player, game) == (2, 10):
        return False
    if (player, game) == (1, REMOVED):
        return moment < NOW - 30 * DAY
    return (player, game) != (1, FORGOTTEN) or moment < NOW - 10 * DAY - EVERY


def look_at_all(facts: Facts, player: int, earned: list[Earned], sets: Sets) -> None:
    newest: dict[int, Row] = {}
    for moment in moments():
        number = len(facts.runs) + 1
        known, before = sets.at(moment), len(facts.snapshots)
        ids = [game for game in TITLES if asked(player, game, moment)]
        for game in ids:
            at = moment + timedelta(milliseconds=417 + 2200 * (game // 7) + player)
            numbers = seen(known[game], [e for e in earned if e.game == game and e.at <= at], at)
            row = stretch(newest.get(game), player, game, at, numbers, number)
            if row is not newest.get(game):
                facts.snapshots.append(row)
            newest[game] = row
        failed = moment.day == 13 and moment.hour == 9
        made = run(
            number, player, moment, "partial" if failed else "ok", 3 if failed else 2 - moment.hour % 3 % 2
        )
        made |= {"targets_asked": len(ids), "targets_seen": len(ids), "recorded_batches": 2}
        facts.runs.append(made | {"snapshots_added": len(facts.snapshots) - before})


def seen(points: dict[int, int], earned: list[Earned], at: datetime) -> tuple[int, ...]:
    mine = [e for e in earned if e.achievement in points and not (e.gone_at and e.gone_at <= at + HOUR)]
    every = {e.achievement for e in mine}
    hard = {e.achievement for e in mine if e.hardcore}
    worth = sum(points[a] for a in every), sum(points[a] for a in hard)
    return len(points), sum(points.values()), len(every), worth[0], len(hard), worth[1]


def stretch(
    last: Row | None, player: int, game: int, at: datetime, numbers: tuple[int, ...], run_id: int
) -> Row:
    """The open row that the look extended, or a new one."""
    values = dict(zip(PROGRESS_COLUMNS, numbers, strict=True))
    late = last is not None and at - last["last_seen_at"] > EVERY + GAP_AFTER
    if last and not late and all(last[name] == value for name, value in values.items()):
        last["last_seen_at"], last["poll_count"] = at, last["poll_count"] + 1
        return last
    verdict = "new"
    if last:
        last |= {"is_open": False, "closed_at": at}
        verdict = "changed" if any(last[name] != value for name, value in values.items()) else "resumed"
    row = {
        "player_id": player,
        "game_id": game,
        "first_seen_at": at,
        "last_seen_at": at,
        "poll_count": 1,
        **values,
    }
    return row | {"verdict": verdict, "after_gap": late, "is_open": True, "closed_at": None, "run_id": run_id}


def run(number: int, player: int | None, at: datetime, outcome: str, requests: int, error: str = "") -> Row:
    row: Row = {"id": number, "player_id": player, "started_at": at, "finished_at": at + timedelta(seconds=9)}
    row |= {"trigger": "schedule", "outcome": outcome, "requests": requests, "error": error or None}
    return row | dict.fromkeys(("targets_asked", "targets_seen", "snapshots_added", "recorded_batches"), 0)


def doubt(number: int, game: int | None, at: datetime, reason: str, raw: str) -> Row:
    row: Row = {"id": number, "run_id": 1, "player_id": 1, "game_id": game, "first_seen_at": at}
    row |= {"last_seen_at": at + HOUR, "poll_count": 2, "reason": reason, "raw": raw}
    return row | {"confirmed_at": None, "ended_at": at + 2 * HOUR}
