"""Which messages people must get: completions that are true, and one about each day with gains."""

from collections import Counter
from datetime import date, datetime, timedelta

from .changes import Judged
from .truth import Truth
from .values import ACHIEVED, HARDCORE, POSSIBLE, Numbers

DAY = timedelta(days=1)
COMPLETIONS = ("mastered", "completed")


def completion_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return which messages about finished sets are missing, wrong or doubled."""
    expected: Counter[tuple[str, int]] = Counter()
    for game, changes in truth.judged.items():
        expected.update((kind, game) for one in changes if (kind := completion(one)))
    found = Counter(
        (str(one["kind"]), int(str(one["game_id"])))
        for one in stored
        if one["kind"] in COMPLETIONS and one["game_id"] in truth.judged
    )
    wrong = [f"{kind} {game}: {n} messages too few" for (kind, game), n in (expected - found).items()]
    return wrong + [f"{kind} {game}: {n} messages too many" for (kind, game), n in (found - expected).items()]


def completion(one: Judged) -> str | None:
    """Return what a change completed by something that was gained for the first time."""
    before, after = one.change.before, one.change.after
    if before is None:
        return None
    gained, _, gained_hardcore, _ = one.gains()
    if is_complete(after, HARDCORE):
        return "mastered" if gained_hardcore and not is_complete(before, HARDCORE) else None
    return (
        "completed" if gained and is_complete(after, ACHIEVED) and not is_complete(before, ACHIEVED) else None
    )


def is_complete(numbers: Numbers, count: int) -> bool:
    return numbers[POSSIBLE] > 0 and numbers[count] >= numbers[POSSIBLE]


def unlock_message_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return days with gains that no message told of, and messages about gains that were none.

    What came back is decided after the poll, and the gain beside it may be told some days later.
    """
    gains = {_day(one.change.at) for changes in truth.judged.values() for one in changes if any(one.gains())}
    told = {_day(one["created_at"]) for one in stored if one["kind"] == "unlocks"}
    late = {day for changes in truth.judged.values() for day in _decided_late(changes)}
    wrong = [f"no message about the gains of {day}" for day in sorted(gains - told - late)]
    near = {day + n * DAY for day in late for n in range(8)}
    return wrong + [f"a message of {day}, on which nothing was gained" for day in sorted(told - gains - near)]


def _decided_late(changes: list[Judged]) -> list[date]:
    """Return the days of gains in a game from which something is missing since a fall."""
    return [_day(one.change.at) for one in changes if any(one.restored) and any(one.gains())]


def _day(moment: object) -> date:
    assert isinstance(moment, datetime)
    return moment.date()
