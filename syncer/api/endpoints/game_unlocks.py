"""GetGameInfoAndUserProgress: build the question, read the answer. Of achievements only what was earned."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from syncer.api.client import Client
from syncer.api.fields import FieldError, evidence, field, icon, identity, moment, number, text
from syncer.core.errors import BatchError
from syncer.core.model.library import GameInfo, GameUnlocks, Unlock
from syncer.core.model.progress import GameId

A_DAY = timedelta(days=1)  # clocks may differ


def get_game_unlocks(client: Client, user: str, game_id: GameId) -> GameUnlocks | None:
    """All that a player has in one game, at both moments where there are two (site-api.md 5.11).

    Null: `[]`, for an unknown game and for an unknown player alike. Raises BatchError for what cannot be
    read whole, any other ApiError.
    """
    heard = client.ask("API_GetGameInfoAndUserProgress.php", {"u": user, "g": str(game_id)})
    if heard.value in ([], {}):
        return None
    try:
        facts = GameInfo(
            game_id,
            text(heard.value, "Title"),
            identity(heard.value, "ConsoleID"),
            text(heard.value, "ConsoleName"),
            icon(heard.value, "ImageIcon"),
        )
        rows = tuple(_earned(game_id, field(heard.value, "Achievements")))
        now = heard.date or heard.at
        if now and any(row.unlocked_at > now + A_DAY for row in rows):
            raise FieldError("an unlock in the future")
        return GameUnlocks(facts, rows, heard.at)
    except FieldError as odd:
        raise BatchError(f"game {game_id} cannot be read: {odd}", raw=evidence(heard.value)) from None


def _earned(game_id: GameId, entries: Any) -> Iterator[Unlock]:
    """Raises Odd. An empty map is `[]` to PHP (site-api.md section 1)."""
    for entry in entries.values() if isinstance(entries, dict) else _none(entries):
        casual, hardcore = _when(entry, "DateEarned"), _when(entry, "DateEarnedHardcore")
        if not casual and not hardcore:
            continue
        told = identity(entry, "ID"), game_id, text(entry, "Title"), number(entry, "Points")
        if casual and (hardcore is None or casual < hardcore):
            yield Unlock(*told, False, casual)
        if hardcore:
            yield Unlock(*told, True, hardcore)


def _when(entry: Any, name: str) -> Any:
    if not isinstance(entry, dict):
        raise FieldError("an achievement: not a map of fields")
    return moment(entry, name) if entry.get(name) else None


def _none(entries: Any) -> list[Any]:
    if entries == []:
        return []
    raise FieldError("Achievements: not a map")
