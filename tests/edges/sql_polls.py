"""The runs and snapshots that polling the world of sql_facts.py leaves."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.tables import RESTORED

from .sql_unlocks import Earned
from .sql_world import (
    AWAY,
    DAY,
    EVERY,
    FORGOTTEN,
    GAP_AFTER,
    HOUR,
    LISTED,
    NOW,
    REMOVED,
    START,
    TITLES,
    Facts,
    Row,
    Sets,
)


def moments() -> Iterator[datetime]:
    moment = START
    while moment <= NOW:
        if not any(begin <= moment < end for begin, end in AWAY):
            yield moment
        moment += EVERY


def asked(player: int, game: int, moment: datetime) -> bool:
    if (player, game) == (2, 10) or game == LISTED:
        return False
    if (player, game) == (1, REMOVED):
        return moment < NOW - 30 * DAY
    return (player, game) != (1, FORGOTTEN) or moment < NOW - 10 * DAY - EVERY


def poll_all(facts: Facts, player: int, earned: list[Earned], sets: Sets) -> None:
    newest: dict[int, Row] = {}
    of_game = {game: [e for e in earned if e.game == game] for game in TITLES}
    for moment in moments():
        number = len(facts.runs) + 1
        known, before = sets.at(moment), len(facts.snapshots)
        poll_account(facts, player, moment + timedelta(milliseconds=417 + player))
        ids = [game for game in TITLES if asked(player, game, moment)]
        for game in ids:
            at = moment + timedelta(milliseconds=417 + 2200 * (game // 7) + player)
            numbers = seen(known[game], [e for e in of_game[game] if e.at <= at], at)
            row = snapshot(newest.get(game), player, game, at, numbers, number)
            if row is not newest.get(game):
                facts.snapshots.append(row)
            newest[game] = row
        failed = moment.day == 13 and moment.hour == 9
        made = run(
            number, player, moment, "partial" if failed else "ok", 3 if failed else 2 - moment.hour % 3 % 2
        )
        made |= {"targets_asked": len(ids), "targets_seen": len(ids), "recorded_batches": 2}
        facts.runs.append(made | {"snapshots_added": len(facts.snapshots) - before})


def poll_account(facts: Facts, player: int, at: datetime) -> None:
    """Extend the open row of the account, or begin one after a gap."""
    mine = [row for row in facts.account_polls if row["player_id"] == player]
    if mine and at - mine[-1]["last_seen_at"] <= EVERY + GAP_AFTER:
        mine[-1] |= {"last_seen_at": at, "poll_count": mine[-1]["poll_count"] + 1}
        return
    for row in mine[-1:]:
        row["is_open"] = False
    row = {"player_id": player, "first_seen_at": at, "last_seen_at": at, "poll_count": 1, "is_open": True}
    seconds = int(EVERY.total_seconds())
    facts.account_polls.append(row | {"promised_seconds": seconds, "after_gap": bool(mine)})


def seen(points: dict[int, int], earned: list[Earned], at: datetime) -> tuple[int, ...]:
    mine = [e for e in earned if e.achievement in points and not (e.gone_at and e.gone_at <= at + HOUR)]
    every = {e.achievement for e in mine}
    hard = {e.achievement for e in mine if e.hardcore}
    worth = sum(points[a] for a in every), sum(points[a] for a in hard)
    return len(points), sum(points.values()), len(every), worth[0], len(hard), worth[1]


def snapshot(
    last: Row | None, player: int, game: int, at: datetime, numbers: tuple[int, ...], run_id: int
) -> Row:
    """Return the open row, extended, or a new one."""
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
        **dict.fromkeys(RESTORED, 0),
    }
    return row | {"verdict": verdict, "after_gap": late, "is_open": True, "closed_at": None, "run_id": run_id}


def run(number: int, player: int | None, at: datetime, outcome: str, requests: int, error: str = "") -> Row:
    row: Row = {"id": number, "player_id": player, "started_at": at, "finished_at": at + timedelta(seconds=9)}
    row |= {"trigger": "schedule", "outcome": outcome, "requests": requests, "error": error or None}
    return row | dict.fromkeys(("targets_asked", "targets_seen", "snapshots_added", "recorded_batches"), 0)


def doubt(
    number: int, game: int | None, at: datetime, reason: str, raw: str, subject: str | None = None
) -> Row:
    row: Row = {"id": number, "run_id": 1, "player_id": 1, "game_id": game, "first_seen_at": at}
    row |= {"last_seen_at": at + HOUR, "poll_count": 2, "reason": reason, "raw": raw}
    endpoint = "GetUserCompletionProgress" if subject else None
    return row | {
        "confirmed_at": None,
        "ended_at": at + 2 * HOUR,
        "endpoint": endpoint,
        "subject": subject,
    }
