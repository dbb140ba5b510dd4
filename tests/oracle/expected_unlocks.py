"""Which rows of `unlocks` and `first_unlocks` must be there, which may be, and which are backdated."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .truth import Truth
from .values import Period, Row

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
READ_WITHIN = timedelta(hours=26)  # in a followed game: the list is read when a count has changed
LISTED_WITHIN = timedelta(hours=50)  # elsewhere: the list is read once a day
GONE_WITHIN = 5 * DAY  # in a followed game: the fall is polled, then five games are read a run
FOUND_WITHIN = 33 * DAY  # elsewhere: by the totals, then the whole account, at most once in 30 days
CLEARLY_BACKDATED = 2 * DAY


@dataclass(frozen=True)
class Expected:
    """`must`: the row has to be stored. `gone`: it must be marked, must not be, or (None) may be."""

    must: bool
    gone: bool | None


def expected_unlocks(truth: Truth) -> dict[Row, Expected]:
    """Return every row that the site ever showed, and what is to be stored of it."""
    if not truth.reads_unlocks:
        return {}
    return {row: _expected(truth, row, periods) for row, periods in truth.unlocks.items()}


def _expected(truth: Truth, row: Row, periods: list[Period]) -> Expected:
    must = any(_was_read(truth, row, period) for period in periods)
    until = periods[-1].until
    if until is None:
        return Expected(must, gone=False)
    within = GONE_WITHIN if row.game in truth.followed else FOUND_WITHIN
    return Expected(must, gone=True if truth.end - until >= within else None)


def _was_read(truth: Truth, row: Row, period: Period) -> bool:
    """Return whether a list showed the row long enough; a hardcore unlock hides the softcore one there."""
    since, until = max(period.since, truth.begun), period.until or truth.end
    if not row.hardcore:
        hidden = [other for other in _in_hardcore(truth, row) if other.until is None or other.until > since]
        until = min([until, *(max(since, other.since) for other in hidden)])
    return until - since >= (READ_WITHIN if row.game in truth.followed else LISTED_WITHIN)


def _in_hardcore(truth: Truth, row: Row) -> list[Period]:
    twins = (r for r in truth.unlocks if r.achievement == row.achievement and r.hardcore)
    return [period for twin in twins for period in truth.unlocks[twin]]


def unlock_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return how the rows of `unlocks` differ from the truth."""
    expected, found = expected_unlocks(truth), {row_of(one): one["gone_at"] for one in stored}
    wrong = [f"{row} was never shown" for row in found if row not in expected]
    wrong += [f"{row} is missing" for row, e in expected.items() if e.must and row not in found]
    for row, gone_at in found.items():
        gone = expected[row].gone if row in expected else None
        if gone is not None and gone != (gone_at is not None):
            wrong.append(f"{row} {'is not' if gone else 'is'} marked as gone")
    return sorted(wrong)


def row_of(stored: dict[str, object]) -> Row:
    """Return the key of a stored row."""
    return Row(stored["game_id"], stored["achievement_id"], bool(stored["hardcore"]), stored["unlocked_at"])  # type: ignore[arg-type]


def first_options(truth: Truth) -> dict[int, set[tuple[bool, datetime] | None]]:
    """Return what may be the first unlock of each achievement; None: it may be absent."""
    options: dict[int, set[tuple[bool, datetime] | None]] = {}
    rows = sorted(expected_unlocks(truth).items(), key=lambda one: (one[0].date, one[0].hardcore))
    of_events = {row.achievement for row, _ in rows if row.game in truth.events}
    for achievement in {row.achievement for row, _ in rows}:
        found = options.setdefault(achievement, set())
        for row, expected in rows:
            if row.achievement == achievement and expected.gone is not True:
                found.add((row.hardcore, row.date))
                if expected.must and expected.gone is False:
                    break
        else:
            found.add(None)
        if achievement in of_events:
            found.add(None)  # kept in `unlocks`; whether the view leaves them out is its own affair
    return options


def first_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return how `first_unlocks` differs from the truth."""
    options = first_options(truth)
    found = {one["achievement_id"]: (bool(one["hardcore"]), one["unlocked_at"]) for one in stored}
    wrong = [f"achievement {a} was never unlocked" for a in found if a not in options]
    for achievement, allowed in sorted(options.items()):
        first = found.get(achievement)
        if first not in allowed:
            wrong.append(f"achievement {achievement}: {first} instead of {allowed}")
    return wrong


def lag(truth: Truth, row: Row) -> timedelta | None:
    """Return how long after its date an unlock became visible; None: something else explains that.

    A gone row of the same achievement, or a set that grew in between, says nothing about the client.
    """
    since = truth.unlocks[row][0].since
    others = [r for r in truth.unlocks if r.achievement == row.achievement and r != row]
    came_before = any(truth.unlocks[other][0].since < since for other in others)
    revised = any(row.date < at <= since for at in truth.revised_at.get(row.game, ()))
    return None if came_before or revised or len(truth.unlocks[row]) > 1 else since - row.date


def backdated_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return where `is_backdated` of the first unlocks is not what the site showed."""
    wrong = []
    for one in stored:
        row = row_of(one)
        late = lag(truth, row) if row in truth.unlocks else None
        flag = bool(one["is_backdated"])
        if late is None or truth.unlocks[row][0].since < truth.begun + DAY:
            wrong += [f"{row} is backdated"] if flag else []
        elif flag and late <= HOUR:
            wrong.append(f"{row} is backdated, though it came at once")
        elif not flag and late >= CLEARLY_BACKDATED:
            wrong.append(f"{row} is not backdated, though it came {late} after its date")
    return sorted(wrong)


def visible_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return where `visible_after` is not a moment at which the unlock was not there yet."""
    wrong = []
    for one in stored:
        row, after = row_of(one), one["visible_after"]
        since = truth.unlocks[row][0].since if row in truth.unlocks else truth.end
        if isinstance(after, datetime) and not row.date <= after <= since:
            wrong.append(f"{row} is visible after {after}, though it came at {since}")
    return sorted(wrong)
