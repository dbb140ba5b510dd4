"""Answers of the simulated site that are not the truth: zeros, and counts that move before their scores."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from .values import POLLS, Numbers, entries

Change: TypeAlias = Callable[[str, Any], bool]  # endpoint and data, changed in place; False: left alone
OF_PLAYER = ("NumAchieved", "ScoreAchieved", "NumAchievedHardcore", "ScoreAchievedHardcore")
OF_SET = ("NumPossibleAchievements", "PossibleScore")
SUMS = (
    "TotalPoints",
    "TotalSoftcorePoints",
    "TotalTruePoints",
    "Points",
    "SoftcorePoints",
    "Score",
    "SoftcoreScore",
)
OF_GAME = ("NumAwardedToUser", "NumAwardedToUserHardcore")
WRITTEN_WITHIN = timedelta(seconds=90)  # while an unlock is written, from the first poll that sees it
NOTHING_LISTED = {"Count": 0, "Total": 0, "Results": []}


@dataclass
class Lie:
    """A change of one player's answers from `since` on, until `until` or for `lasts` after its first use."""

    name: str
    player: str
    since: datetime
    change: Change
    until: datetime | None = None
    lasts: timedelta = timedelta(0)

    def apply(self, endpoint: str, data: Any, at: datetime) -> bool:
        """Change the data of an answer; return whether anything was changed."""
        if at < self.since or (self.until is not None and at >= self.until):
            return False
        used = self.change(endpoint, data)
        if used and self.until is None and endpoint in POLLS:
            self.until = at + self.lasts
        return used

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


def zero_of(game: int) -> Change:
    """Return a lie about one game's numbers: 0 achieved, its set intact."""
    return lambda endpoint, data: _change_numbers(endpoint, data, OF_PLAYER, game)


def empty_set_of(game: int) -> Change:
    """Return a lie about one game's numbers: all six are zero."""
    return lambda endpoint, data: _change_numbers(endpoint, data, OF_PLAYER + OF_SET, game)


def all_numbers_zero(endpoint: str, data: Any) -> bool:
    """Change the numbers of every game to 0 achieved; totals and unlocks stay true."""
    return _change_numbers(endpoint, data, OF_PLAYER)


def no_unlocks_of(game: int) -> Change:
    """Return a lie in every answer about one game: nothing is unlocked there."""

    def change(endpoint: str, data: Any) -> bool:
        if _change_numbers(endpoint, data, OF_PLAYER, game):
            return True
        if isinstance(data, list):
            return _drop_unlocks(data, game)
        return data.get("ID") == game and _lock_all(data)

    return change


def nothing_at_all(endpoint: str, data: Any) -> bool:
    """Change every answer to that of an account without unlocks."""
    if endpoint in POLLS:
        return all_numbers_zero(endpoint, data)
    if isinstance(data, list):
        return _drop_unlocks(data)
    if "Results" in data:
        data.update(NOTHING_LISTED)
        return True
    return _set(data, SUMS) or _lock_all(data)


def unsettled(game: int, before: Numbers, all_moved: int, hardcore_moved: int) -> Change:
    """Return what the site shows while it writes an unlock: counts that moved, scores that did not."""

    def change(endpoint: str, data: Any) -> bool:
        counts = before[2] + all_moved, before[3], before[4] + hardcore_moved, before[5]
        found = [entry for number, entry in entries(endpoint, data) if number == game]
        for entry in found:
            entry.update(zip(OF_PLAYER, counts, strict=True))
        return bool(found)

    return change


def _change_numbers(endpoint: str, data: Any, names: tuple[str, ...], game: int | None = None) -> bool:
    return any([_set(entry, names) for number, entry in entries(endpoint, data) if game in (None, number)])


def _drop_unlocks(data: list[Any], game: int | None = None) -> bool:
    """Remove the rows of an unlock list; of one game only, if it is given."""
    kept = [row for row in data if "HardcoreMode" not in row or game not in (None, row["GameID"])]
    changed, data[:] = len(kept) != len(data), kept
    return changed


def _set(entry: Any, names: tuple[str, ...]) -> bool:
    found = [name for name in names if isinstance(entry, dict) and entry.get(name)]
    if found:
        entry.update(dict.fromkeys(found, 0))
    return bool(found)


def _lock_all(data: Any) -> bool:
    """Change a whole-game answer: nothing is unlocked, and there is no award."""
    if "NumAwardedToUser" not in data:
        return False
    data.update(dict.fromkeys(OF_GAME, 0))
    data.update({name: None for name in ("HighestAwardKind", "HighestAwardDate") if name in data})
    for achievement in data["Achievements"].values():
        achievement.pop("DateEarned", None)
        achievement.pop("DateEarnedHardcore", None)
    return True
