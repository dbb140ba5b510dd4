"""The settings of many players: what most of them share is shown once."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

Setting: TypeAlias = tuple[str, object, str]  # dotted name, value, origin
MANY = 3  # players; the settings of fewer are listed one by one
PLAYER_SETTING = re.compile(r"players\.(\d+)\.(\w+)")
NOTE = "players.*: every player, except those that are listed below it"


def share_common(settings: Sequence[Setting]) -> list[Setting]:
    """Return the settings; one that more than half of many players have alike is one row, `players.*`."""
    common = _common_values(settings)
    shared = [(f"players.*.{key}", value, origin) for key, (value, origin) in common.items()]
    rows: list[Setting] = []
    for name, value, origin in settings:
        match = PLAYER_SETTING.fullmatch(name)
        if match and shared:
            rows, shared = rows + shared, []
        if not match or common.get(match[2]) != (value, origin):
            rows.append((name, value, origin))
    return rows


def _common_values(settings: Sequence[Setting]) -> dict[str, tuple[object, str]]:
    """Return by key what more than half of the players have, where there are many."""
    found: dict[str, list[tuple[object, str]]] = {}
    for name, value, origin in settings:
        if match := PLAYER_SETTING.fullmatch(name):
            found.setdefault(match[2], []).append((value, origin))
    common = {}
    for key, pairs in found.items():
        # By their texts: a list of games cannot be counted.
        text, count = Counter(map(repr, pairs)).most_common(1)[0]
        if len(pairs) >= MANY and count > len(pairs) / 2:
            common[key] = next(pair for pair in pairs if repr(pair) == text)
    return common
