"""What the two players of sql_facts.py unlocked, and the targets and awards that follow from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .sql_world import (
    ALMOST,
    AWAY,
    DAY,
    EVENT,
    EVERY,
    HOUR,
    LISTED,
    NOW,
    REMOVED,
    RESETS,
    START,
    Row,
    Sets,
)


@dataclass
class Earned:
    at: datetime
    game: int
    achievement: int
    hardcore: bool
    points: int
    gone_at: datetime | None = None


def played(player: int, sets: Sets, rng: Random) -> Iterator[Earned]:
    """Yield evenings with some unlocks each, a few of them long before recording began."""
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
    for n in range(12):  # the event is mastered; alone on its days, it would make streaks longer
        event = START + timedelta(days=3 * n + player, hours=3)
        yield Earned(event, EVENT, 1000 * EVENT + n, True, sets.points[EVENT][1000 * EVENT + n])
    for n in range(4):
        listed = START + timedelta(days=40 * n - 60, minutes=player)
        yield Earned(listed, LISTED, 1000 * LISTED + n, n > 1, sets.points[LISTED][1000 * LISTED + n])
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
    """Return when the site stopped returning it: the game was reset, or the achievement demoted."""
    reset = [when for who, game, when in RESETS if (who, game) == (player, one.game)]
    demoted = {4000: START + 90 * DAY, 2001: START + 120 * DAY}
    if reset:
        return reset[0] + HOUR
    return demoted[one.achievement] + HOUR if one.achievement in demoted else None


def awarded(player: int, game: int, earned: list[Earned], sets: Sets) -> Iterator[Row]:
    """Yield the highest award, and one of the same kind that the site had dated wrongly."""
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
    if kind and at:
        key = {"player_id": player, "game_id": game, "kind": kind}
        state = {"first_seen_at": NOW - DAY, "missing_since": None}
        yield {**key, "awarded_at": at, **state, "gone_at": None}
        yield {**key, "awarded_at": at - 9 * DAY, **state, "gone_at": NOW - HOUR}


VALUES = {  # of player 1, in periods of 30 days; the rank in periods of 10
    "hardcore_points": (100, 101, 102, 103),
    "softcore_points": (100, 100, 101, 101),
    "retro_points": (100, 100, 101, 101),
    "rank": (900, 850, 870, None, 840, 845, 860, 820, 835, 830, 830, 810),  # None: not ranked then
}


def total(player: int) -> Iterator[Row]:
    """Yield the account's points and its rank, the last ones after a gap."""
    for measure, values in VALUES.items():
        length = 120 // len(values) * DAY
        for number, value in enumerate(values):
            begin, is_open = START + number * length, number == len(values) - 1
            end = NOW if is_open else begin + length
            yield {
                "player_id": player,
                "measure": measure,
                "first_seen_at": begin,
                "last_seen_at": end if is_open else end - DAY,
                "poll_count": 30,
                "value": None if value is None else 100 * (player - 1) + value,
                "promised_seconds": 86400,
                "after_gap": is_open,
                "is_open": is_open,
                "closed_at": None if is_open else end,
                "run_id": None,
            }


def compared(player: int) -> Row:
    """Return a check that found ten points less than the account has."""
    sums = {"site_hardcore": 110, "site_softcore": 20, "ours_hardcore": 100, "ours_softcore": 20}
    checked = {"first_checked_at": START, "last_checked_at": NOW, "check_count": 9, "matches": False}
    residual = {"residual_hardcore": None, "residual_softcore": None}
    return {"id": player, "player_id": player, "subject": "unlocks", **checked, **sums, **residual}


def target(player: int, game: int) -> Row:
    return {
        "player_id": player,
        "game_id": game,
        "source": "played",
        "added_at": START,
        "removed_at": NOW - 30 * DAY if (player, game) == (1, REMOVED) else None,
        "due_at": None,
        "failures": 0,
        "promised_seconds": int(EVERY.total_seconds()),
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
        "visible_after": one.at + 2 * DAY if source == "repaired" else None,
    }
