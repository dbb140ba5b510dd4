"""How sure an answer about the past is, as headers: the site's shape has no room for it."""

from collections import Counter
from collections.abc import Mapping

from syncer.core.model.progress import GameId

UNKNOWN = "unknown"  # never looked at up to then; the site's zeros stand in the body
WORDS = ("known", "between", "gap", UNKNOWN)  # the surest first


def coverage(words: Mapping[GameId, str]) -> dict[str, str]:
    """`Syncer-Coverage` is the least sure word; `Syncer-Coverage-Games` comes where the games differ.

    The latter begins with the word of most, for it should be short; those of another word are named.
    """
    counted = Counter(words.values())
    if not counted:
        return {}
    found = {"Syncer-Coverage": max(counted, key=WORDS.index)}
    if len(counted) > 1:
        usual = max(WORDS, key=counted.__getitem__)
        others = [f"{word}={_ids(words, word)}" for word in WORDS if word in counted and word != usual]
        found["Syncer-Coverage-Games"] = "; ".join([usual, *others])
    return found


def _ids(words: Mapping[GameId, str], wanted: str) -> str:
    return ",".join(str(game_id) for game_id, word in words.items() if word == wanted)
