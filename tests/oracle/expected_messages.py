"""Which messages people must get: completions that are true, and one about each day with gains."""

from collections import Counter
from datetime import date, datetime, timedelta

from .changes import Judged
from .truth import Truth
from .values import ACHIEVED, HARDCORE, POSSIBLE, Numbers

DAY = timedelta(days=1)
DECIDED_WITHIN = 9  # days: after seven without a readable answer the numbers decide
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
    """Return days with gains but without a message, and messages about no gain.

    While a fall is not made up for, the unlocks of a game have to be read first: that may take some days.
    """
    sent = {_day(one["created_at"]) for one in stored if one["kind"] == "unlocks"}
    prompt, late = set[date](), set[date]()
    of_events = {_day(one.change.at) for game in truth.events for one in truth.judged.get(game, ())}
    for game, changes in truth.judged.items():
        for one, is_made_up in zip(changes, _made_up(changes), strict=True):
            if any(one.gains()) and game not in truth.events:
                (prompt if is_made_up else late).add(_day(one.change.at))
    allowed = prompt | of_events | {day + n * DAY for day in late for n in range(DECIDED_WITHIN)}
    wrong = [f"no message about the gains of {day}" for day in sorted(prompt - sent)]
    for day in sorted(late - prompt):
        if not sent & {day + n * DAY for n in range(DECIDED_WITHIN)}:
            wrong.append(f"no message about the gains of {day}, nor of the days after it")
    return wrong + [f"a message of {day}, on which nothing was gained" for day in sorted(sent - allowed)]


def _made_up(changes: list[Judged]) -> list[bool]:
    """Return, of each change, whether the count from before every fall had been reached again by then."""
    found, peak, now = list[bool](), 0, 0
    for one in changes:
        found.append(peak == 0)
        before, now = now, one.change.after[ACHIEVED]
        peak = max(peak, before) if now < max(peak, before) else 0
    return found


def _day(moment: object) -> date:
    assert isinstance(moment, datetime)
    return moment.date()
