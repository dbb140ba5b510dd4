"""Decide what is read again because stored unlocks and the account's totals differ. Pure.

The cheapest reading comes first: single games that differ from their own snapshot, a few a run. Only what
these cannot explain, and what lasts, is worth all unlocks of the account (site-api.md 5.8: 500 a request). A
difference that such a reading leaves is the site's own, and starts nothing until it changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.formats.timestamps import from_milliseconds, to_milliseconds
from syncer.core.model.consistency import (
    NO_POINTS,
    DifferingGame,
    GameReading,
    ListReading,
    PlayerNumbers,
    Points,
    SumCheck,
    UnlockStatus,
    UnlockSums,
)
from syncer.core.model.library import Window
from syncer.core.model.progress import EPOCH, GameId

from .windows import MAX_GAMES_PER_RUN, window_start

FIRST_PAUSE = timedelta(days=1)  # of a game that still differs; then 2, 4 … days
MAX_DOUBLINGS = 12
DIFFERENCE_STANDS_AFTER = timedelta(days=1)
LIST_INTERVAL = timedelta(days=30)  # all unlocks are read at most once in it


@dataclass(frozen=True, slots=True)
class NextReadings:
    """What is to be read again: `games` in this order, or all unlocks. `is_new`: that reading begins now."""

    games: tuple[GameId, ...] = ()
    list_reading: ListReading | None = None
    is_new: bool = False


def compare_sums(status: UnlockStatus) -> SumCheck | None:
    """Return the comparison of the sums; None: they prove nothing, or nothing new.

    While all unlocks are read, and until totals are known that are newer, both may be right and differ.
    """
    sums, ended, newest = status.sums, status.list_ended_at, status.checks.newest
    if sums is None or status.list_reading or (ended and sums.at <= ended):
        return None
    if newest and sums.at < newest.at:
        return None
    ours = _nearest(sums, status.checks.residual)
    check = SumCheck(sums.at, sums.site, ours)
    if check.difference == NO_POINTS:
        return check
    # The first comparison after all unlocks were read shows what that reading has left.
    is_left = ended is not None and (newest is None or newest.at <= ended)
    if is_left or check.difference == status.checks.residual:
        return SumCheck(sums.at, sums.site, ours, check.difference)
    return check


def _nearest(sums: UnlockSums, residual: Points | None) -> Points:
    """Return the sum of our unlocks that fits best: with the known residual, or the nearest one."""
    wanted = sums.site.minus(residual) if residual else sums.site
    return wanted if residual and _clamp(wanted, sums) == wanted else _clamp(sums.site, sums)


def _clamp(points: Points, sums: UnlockSums) -> Points:
    return Points(
        min(max(points.hardcore, sums.least.hardcore), sums.most.hardcore),
        min(max(points.softcore, sums.least.softcore), sums.most.softcore),
    )


def next_readings(status: UnlockStatus, check: SumCheck | None, now: datetime) -> NextReadings:
    """Return what is read again in this run. `check`: the comparison that was made just now."""
    games = due_games(status, now)
    if status.list_reading:
        return NextReadings(games, status.list_reading)
    if _drop_remains(status, check, now) or _list_is_due(status, check, now):
        begin = window_start(None, now)
        return NextReadings(games, ListReading(begin, now.replace(microsecond=0)), is_new=True)
    return NextReadings(games)


def _drop_remains(status: UnlockStatus, check: SumCheck | None, now: datetime) -> bool:
    """Return whether an accepted mass drop has left more than some readings of single games can mend."""
    drop, begun = status.drop_accepted_at, status.list_begun_at
    if drop is None or now - drop > LIST_INTERVAL or (begun is not None and begun >= drop):
        return False
    return len(_mismatched(status)) > MAX_GAMES_PER_RUN or _is_unexplained(status, check)


def _list_is_due(status: UnlockStatus, check: SumCheck | None, now: datetime) -> bool:
    begun = status.list_begun_at
    # A time in the future was stored with a wrong clock.
    if begun is not None and begun <= now < begun + LIST_INTERVAL:
        return False
    return _is_unexplained(status, check) and _has_stood(status, check)


def _is_unexplained(status: UnlockStatus, check: SumCheck | None) -> bool:
    """Return whether neither a former reading of all unlocks nor the games that differ explain it."""
    if check is None or check.residual or check.difference == NO_POINTS:
        return False
    return check.difference != _total(game.missing for game in _mismatched(status))


def _has_stood(status: UnlockStatus, check: SumCheck | None) -> bool:
    """Return whether the comparisons of the last day all differed. The sizes of the differences may vary."""
    since = status.checks.since
    return check is not None and since is not None and check.at - since >= DIFFERENCE_STANDS_AFTER


def _mismatched(status: UnlockStatus) -> list[DifferingGame]:
    return [game for game in status.games if game.missing is not None]


def _total(all_points: Iterable[Points | None]) -> Points:
    found = [points for points in all_points if points]
    return Points(sum(p.hardcore for p in found), sum(p.softcore for p in found))


def next_pages(left: ListReading, covered: Window) -> ListReading | None:
    """Return what is left of a reading of all unlocks after a page; None: that was the last one."""
    if covered.next is None or covered.next > left.until:
        return None
    return ListReading(covered.next, left.until)


# Single games


def due_games(status: UnlockStatus, now: datetime) -> tuple[GameId, ...]:
    """Return the games whose unlocks are to be read: first those never read since they differ, then by id."""
    order = []
    for game in status.games:
        reading = _current(game, status.readings)
        if not _is_settled(game, reading) and _is_due(reading, now):
            order.append((reading is not None and reading.count > 0, game.game_id))
    return tuple(game_id for _, game_id in sorted(order))


def _current(game: DifferingGame, readings: Mapping[GameId, GameReading]) -> GameReading | None:
    """Return the last reading of the game, unless its numbers have changed since."""
    reading = readings.get(game.game_id)
    return reading if reading and reading.numbers == game.numbers else None


def _is_settled(game: DifferingGame, reading: GameReading | None) -> bool:
    """Return whether an answer has shown since then whether its softcore unlock or its award still counts."""
    if game.missing is not None or game.wanted_since is None:
        return False
    settled_at = reading.at if reading and reading.count == 0 else EPOCH
    return max(settled_at, game.synced_at or EPOCH) >= game.wanted_since


def _is_due(reading: GameReading | None, now: datetime) -> bool:
    if reading is None or reading.count == 0:
        return True
    pause = FIRST_PAUSE * 2.0 ** min(reading.count - 1, MAX_DOUBLINGS)
    return not reading.at <= now < reading.at + pause  # a time in the future came from a wrong clock


def after_reading(
    previous: GameReading | None, numbers: PlayerNumbers, at: datetime, *, is_mended: bool
) -> GameReading | None:
    """Return what is remembered of a reading; None: nothing, the game agrees."""
    if is_mended:
        return None if numbers else GameReading((), 0, at)
    is_same = previous is not None and previous.numbers == numbers
    return GameReading(numbers, previous.count + 1 if previous and is_same else 1, at)


# As texts to be stored


def format_readings(readings: Mapping[GameId, GameReading]) -> str:
    """Return the readings as a text to be stored: game, count, milliseconds and numbers of each."""
    rows = ((game_id, r.count, to_milliseconds(r.at), *r.numbers) for game_id, r in sorted(readings.items()))
    return ";".join(",".join(map(str, row)) for row in rows)


def parse_readings(text: str | None) -> dict[GameId, GameReading]:
    """Return the readings of a stored text."""
    rows = (tuple(map(int, part.split(","))) for part in (text or "").split(";") if part)
    return {
        game: GameReading(tuple(numbers), count, from_milliseconds(at)) for game, count, at, *numbers in rows
    }


def format_list_reading(left: ListReading) -> str:
    return f"{to_milliseconds(left.begin)},{to_milliseconds(left.until)}"


def parse_list_reading(text: str | None) -> ListReading | None:
    return ListReading(*(from_milliseconds(int(part)) for part in text.split(","))) if text else None
