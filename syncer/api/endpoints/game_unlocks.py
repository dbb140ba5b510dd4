"""GetGameInfoAndUserProgress (site-api.md 5.11): all unlocks of a player in one game."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from syncer.api.client import Client, JsonResponse
from syncer.api.endpoints.library import award_kind
from syncer.api.excerpt import evidence
from syncer.api.fields import (
    FieldError,
    field,
    icon,
    identity,
    identity_or_none,
    moment,
    moment_or_none,
    number_or_none,
    rows,
    text_or_empty,
)
from syncer.core.errors import BatchError
from syncer.core.model.account import ListedAward
from syncer.core.model.library import GameInfo, GameUnlocks, Unlock
from syncer.core.model.progress import GameId

MAX_CLOCK_DIFFERENCE = timedelta(days=1)
DATES = {False: "DateEarned", True: "DateEarnedHardcore"}  # by hardcore


class Earned(NamedTuple):
    """An achievement that was earned in one mode, as it was sent under its key."""

    key: str
    entry: Any
    hardcore: bool


def get_game_unlocks(client: Client, username: str, game_id: GameId) -> GameUnlocks | None:
    """Return the player's unlocks in a game, at both moments where there are two.

    None: the answer is `[]`, for an unknown game and for an unknown player alike. Earned achievements that
    cannot be parsed are kept beside the others: without them the list would read as a reset.
    """
    params = {"u": username, "g": str(game_id), "a": "1"}  # `a`: with the highest award
    answer = client.get_json("API_GetGameInfoAndUserProgress.php", params)
    if answer.value in ([], {}):
        return None
    try:
        return _parse(game_id, answer)
    except FieldError as error:
        raise BatchError(f"game {game_id} cannot be parsed: {error}", raw=evidence(answer.value)) from None


def _parse(game_id: GameId, answer: JsonResponse) -> GameUnlocks:
    entry = answer.value
    console = identity_or_none(entry, "ConsoleID"), text_or_empty(entry, "ConsoleName")
    info = GameInfo(game_id, text_or_empty(entry, "Title"), *console, icon(entry, "ImageIcon"))
    latest = (answer.date or answer.at) + MAX_CLOCK_DIFFERENCE
    earned = [date for item in _items(field(entry, "Achievements")) for date in _dates(item)]
    unlocks, unparsable = rows(earned, lambda one: _unlock(game_id, one, latest))
    award, playtime = parse_highest_award(game_id, entry), number_or_none(entry, "UserTotalPlaytime")
    return GameUnlocks(info, unlocks, answer.at, unparsable, award, playtime)


def parse_highest_award(game_id: GameId, entry: Any) -> ListedAward | None:
    """Return the highest award of the game; None where the answer does not tell it."""
    try:
        kind = award_kind(entry, "HighestAwardKind")
        return ListedAward(game_id, kind, moment_or_none(entry, "HighestAwardDate") if kind else None)
    except FieldError:
        return None  # the unlocks do not depend on it


def _items(achievements: Any) -> Iterable[tuple[str, Any]]:
    """Return the achievements by id; an empty map is `[]` in PHP (site-api.md section 1)."""
    if isinstance(achievements, dict):
        return achievements.items()
    if achievements == []:
        return ()
    raise FieldError("Achievements: not a map")


def _dates(item: tuple[str, Any]) -> list[Earned]:
    """Return each date of an achievement, read or not: none if it is locked, two if hardcore came later."""
    key, entry = item
    if not isinstance(entry, dict):
        return [Earned(key, entry, False)]
    sent = [hardcore for hardcore, name in DATES.items() if entry.get(name)]
    softcore, hardcore = (moment_or_none(entry, DATES[mode]) for mode in (False, True))
    if softcore and hardcore and softcore >= hardcore:
        sent.remove(False)  # one unlock, in hardcore
    return [Earned(key, entry, mode) for mode in sent]


def _unlock(game_id: GameId, earned: Earned, latest: datetime) -> Unlock:
    key, entry, hardcore = earned
    date = moment(entry, DATES[hardcore])
    if date > latest:  # stored, it would stay the newest unlock for ever
        raise FieldError("an unlock in the future")
    achievement = identity_or_none(entry, "ID") or identity({"ID": key}, "ID")  # the key is the id, too
    points = number_or_none(entry, "Points")
    return Unlock(achievement, game_id, text_or_empty(entry, "Title"), points, hardcore, date)
