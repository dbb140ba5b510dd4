"""GetUserCompletionProgress: build the question, read the answer."""

from typing import Any

from syncer.api.client import Client
from syncer.api.fields import FieldError, evidence, field, icon, identity, moment_or_none, number, rows, text
from syncer.core.errors import BatchError
from syncer.core.model.library import MAX_PLAYED_PER_PAGE, AwardKind, CompletionPage, PlayedGame

PATH = "API_GetUserCompletionProgress.php"


def get_user_completion_progress(
    client: Client, user: str, offset: int = 0, count: int = MAX_PLAYED_PER_PAGE
) -> CompletionPage:
    """One page of the played games (site-api.md 5.3). An unknown player has none: `total` 0.

    Raises BatchError for what is no page, ValueError for an offset or a count that the site refuses, any
    other ApiError.
    """
    if offset < 0 or not 1 <= count <= MAX_PLAYED_PER_PAGE:
        raise ValueError(f"offset >= 0 and 1 <= count <= {MAX_PLAYED_PER_PAGE} are needed")
    heard = client.ask(PATH, {"u": user, "o": str(offset), "c": str(count)})
    try:
        total, told = number(heard.value, "Total"), number(heard.value, "Count")
        results = field(heard.value, "Results")
        if not isinstance(results, list) or len(results) != told:
            raise FieldError("Results: not the list that Count counts")
    except FieldError as odd:
        raise BatchError(f"not a page of played games: {odd}", raw=evidence(heard.value)) from None
    games, unreadable = rows(results, read_played)
    return CompletionPage(total, games, unreadable, heard.date, heard.at)


def read_played(entry: Any) -> PlayedGame:
    """Raises Odd."""
    return PlayedGame(
        game_id=identity(entry, "GameID"),
        title=text(entry, "Title"),
        console_id=identity(entry, "ConsoleID"),
        console_name=text(entry, "ConsoleName"),
        icon_path=icon(entry, "ImageIcon"),
        max_possible=number(entry, "MaxPossible"),
        num_awarded=number(entry, "NumAwarded"),
        num_awarded_hardcore=number(entry, "NumAwardedHardcore"),
        most_recent_awarded_at=moment_or_none(entry, "MostRecentAwardedDate"),
        award_kind=_award_kind(entry),
        award_at=moment_or_none(entry, "HighestAwardDate"),
    )


def _award_kind(entry: Any) -> AwardKind | None:
    value = field(entry, "HighestAwardKind")
    try:
        return None if value is None else AwardKind(value)
    except ValueError:
        raise FieldError("HighestAwardKind: no such award") from None
