"""How certain an answer about the past is, as headers: the site's answer has no field for it."""

from collections import Counter
from collections.abc import Iterable, Mapping

from syncer.core.model.progress import GameId

UNKNOWN = "unknown"  # not polled by then: the answer has the site's zeros for a game, null for the account
LEVELS = ("known", "between", "gap", UNKNOWN)  # the most certain first


def least_certain(levels: Iterable[str]) -> dict[str, str]:
    """Return the header for the least certain of some levels; none without levels."""
    least = max(levels, key=LEVELS.index, default=None)
    return {} if least is None else {"Syncer-Coverage": least}


def coverage(by_game: Mapping[GameId, str]) -> dict[str, str]:
    """Return the headers for the coverage of each game.

    `Syncer-Coverage` is the least certain level. `Syncer-Coverage-Games` is there only if the games differ:
    to stay short, it starts with the most frequent level and names only the games with another one.
    """
    counts = Counter(by_game.values())
    headers = least_certain(counts)
    if len(counts) > 1:
        # Of equally frequent levels the more certain one: max() returns the first.
        usual = max(LEVELS, key=counts.__getitem__)
        others = [f"{level}={_ids(by_game, level)}" for level in LEVELS if level in counts and level != usual]
        headers["Syncer-Coverage-Games"] = "; ".join([usual, *others])
    return headers


def _ids(by_game: Mapping[GameId, str], wanted: str) -> str:
    return ",".join(str(game_id) for game_id, level in by_game.items() if level == wanted)
