"""The comparisons, one for each subject: what the database holds, against the truth."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from syncer.core.model.progress import PROGRESS_COLUMNS as COLUMNS

from .calendar_days import calendar_differences
from .changes import NAMES, WAYS, Judged, daily_sums
from .expected_account import account_differences
from .expected_awards import award_differences
from .expected_messages import completion_differences, unlock_message_differences
from .expected_unlocks import (
    backdated_differences,
    first_differences,
    unlock_differences,
    visible_differences,
)
from .stored import Rows, Stored
from .truth import Truth

RESTORED = (
    "restored_achievements",
    "restored_points",
    "restored_achievements_hardcore",
    "restored_points_hardcore",
)
Comparison: TypeAlias = Callable[[Truth, Stored], list[str]]


def targets(truth: Truth, stored: Stored) -> list[str]:
    """Compare the followed games: with "played" all but events."""
    found = {one["game_id"] for one in stored.rows("targets") if one["removed_at"] is None}
    wrong = [f"{game} is not followed" for game in sorted(truth.followed - found)]
    return wrong + [f"{game} is followed" for game in sorted(found - truth.followed)]


def snapshots(truth: Truth, stored: Stored) -> list[str]:
    """Compare the numbers of each game, one after another, and the day of each."""
    return _by_game(truth, stored.rows("changes"), lambda one: (), lambda row: ())


def kinds(truth: Truth, stored: Stored) -> list[str]:
    """Compare the kind of each change."""
    return _by_game(truth, stored.rows("changes"), lambda one: one.kind, lambda row: row["kind"])


def restored(truth: Truth, stored: Stored) -> list[str]:
    """Compare how much of each rise came back; a fall may hold how much of it did so later."""

    def known(row: dict[str, Any]) -> list[int]:
        return [row[name] or 0 for name in RESTORED]

    def came_back(one: Judged) -> list[int]:
        return [back or later for back, later in zip(one.restored, one.made_up, strict=True)]

    rows = stored.rows("snapshots")
    of_falls = _by_game(truth, rows, came_back, known)
    return of_falls and _by_game(truth, rows, lambda one: one.restored, known)


def _by_game(
    truth: Truth, rows: Rows, right: Callable[[Judged], Any], read: Callable[[dict[str, Any]], Any]
) -> list[str]:
    wrong = []
    for game, changes in truth.judged.items():
        expected = [(str(one.change.at.date()), one.change.after, right(one)) for one in changes]
        mine = [row for row in rows if row["game_id"] == game]
        found: list[tuple[str, tuple[int, ...], Any]] = []
        for row in mine:
            numbers = tuple(row[name] for name in COLUMNS)
            if not found or found[-1][1] != numbers:  # else the row resumes the one before
                found.append((str(row["first_seen_at"].date()), numbers, read(row)))
        if found != expected:
            wrong.append(f"game {game}:\n      {_first_difference(expected, found)}")
    return wrong


def _first_difference(expected: list[Any], found: list[Any]) -> str:
    for number, (right, has) in enumerate(zip(expected, found, strict=False)):
        if right != has:
            return f"change {number}: {has} instead of {right}"
    longer, word = (expected, "is missing") if len(expected) > len(found) else (found, "is too much")
    return f"{longer[min(len(expected), len(found))]} {word}"


def daily(truth: Truth, stored: Stored) -> list[str]:
    """Compare gained, lost and adjusted of each UTC day; followed games without events."""
    expected: dict[str, dict[str, int]] = {}
    for game, changes in truth.judged.items():
        for day, sums in daily_sums(changes).items() if game not in truth.events else ():
            known = expected.setdefault(str(day), dict.fromkeys(sums, 0))
            expected[str(day)] = {name: known[name] + value for name, value in sums.items()}
    names = [f"{name}_{way}" for name in NAMES for way in WAYS]
    found = {row["day"]: {name: int(row[name]) for name in names} for row in stored.rows("daily")}
    wrong = []
    for day in sorted({*expected, *found}):
        right, has = expected.get(day, {}), found.get(day, {})
        different = [
            f"{n} {has.get(n)} instead of {right.get(n)}" for n in names if has.get(n) != right.get(n)
        ]
        wrong += [f"{day}: {', '.join(different)}"] if different else []
    return wrong


def gaps(truth: Truth, stored: Stored) -> list[str]:
    """Compare `after_gap` of each day: that of its changes, not of rows that only resume."""
    late: dict[str, bool] = {}
    for game, changes in truth.judged.items():
        for one in changes if game not in truth.events else ():
            if one.kind != "baseline":
                day = str(one.change.at.date())
                late[day] = late.get(day, False) or one.change.after_gap
    found = {row["day"]: bool(row["after_gap"]) for row in stored.rows("daily")}
    return [
        f"{d}: {found.get(d)} instead of {late.get(d)}"
        for d in {*late, *found}
        if late.get(d) != found.get(d)
    ]


def totals(truth: Truth, stored: Stored) -> list[str]:
    """Compare `player_totals`: followed games without events."""
    newest = [c[-1].change.after for g, c in truth.judged.items() if c and g not in truth.events]
    expected = [sum(numbers[n] for numbers in newest) for n in range(len(COLUMNS))]
    (row,) = stored.rows("totals")
    found = [int(row[name]) for name in COLUMNS]
    return [] if found == expected else [f"{found} instead of {expected}"]


SUBJECTS: Mapping[str, Comparison] = {
    "targets": targets,
    "snapshots": snapshots,
    "kinds": kinds,
    "restored": restored,
    "daily": daily,
    "gaps": gaps,
    "totals": totals,
    "unlocks": lambda truth, stored: unlock_differences(truth, stored.rows("unlocks")),
    "first_unlocks": lambda truth, stored: first_differences(truth, stored.rows("first_unlocks")),
    "backdated": lambda truth, stored: backdated_differences(truth, stored.rows("first_unlocks")),
    "visible_after": lambda truth, stored: visible_differences(truth, stored.rows("unlocks")),
    "awards": lambda truth, stored: award_differences(truth, stored.rows("awards")),
    "account": lambda truth, stored: account_differences(truth, stored.rows("account")),
    "streaks": calendar_differences,
    "completions": lambda truth, stored: completion_differences(truth, stored.rows("messages")),
    "unlock_messages": lambda truth, stored: unlock_message_differences(truth, stored.rows("messages")),
}
