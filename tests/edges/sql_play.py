"""When the two players of the invented months played, as probes would have found it."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from .sql_world import DAY, NOW, START, Row

MINUTE = timedelta(minutes=1)
GAMES = (1, 3, 5, 7, 15)


def play(player: int) -> Iterator[Row]:
    """Yield sessions in turn, of which the last one goes on; some cross the end of a month."""
    rng, begin = Random(player), START + 30 * MINUTE
    while begin < NOW - DAY:
        before = begin + rng.randrange(0, 900) * timedelta(seconds=1)
        end = before + rng.choice((0, 7, 55, 130)) * MINUTE
        yield session(player, rng.choice(GAMES), (begin, before, end))
        begin = end + rng.choice((0, 90, 2000, 5000)) * MINUTE
    yield session(player, 1, (NOW - 20 * MINUTE, NOW - 12 * MINUTE, NOW - MINUTE)) | {"is_open": True}


def session(player: int, game: int, times: tuple[object, object, object]) -> Row:
    moments = dict(zip(("started_after", "started_before", "ended_at"), times, strict=True))
    return {"player_id": player, "game_id": game, **moments, "is_open": False, "after_gap": game == 5}


def last_played(sessions: list[Row]) -> list[Row]:
    newest = {(row["player_id"], row["game_id"]): row["ended_at"] for row in sessions}
    return [{"player_id": p, "game_id": g, "last_played_at": at} for (p, g), at in newest.items()]


def playtime(player: int) -> Row:
    read = {"first_seen_at": NOW - DAY, "last_seen_at": NOW}
    return {"player_id": player, "game_id": 7, "seconds": 36_000, **read}
