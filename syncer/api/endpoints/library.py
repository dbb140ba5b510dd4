"""GetUserCompletionProgress (site-api.md 5.3): the games that a player has played, page by page."""

from typing import Any

from syncer.api.client import Client
from syncer.api.excerpt import evidence
from syncer.api.fields import FieldError, field, icon, identity, moment_or_none, number, rows, text
from syncer.core.errors import BatchError
from syncer.core.model.library import MAX_PLAYED_PER_PAGE, CompletionPage, PlayedGame

PATH = "API_GetUserCompletionProgress.php"
MAX_KIND = 64  # characters


def get_user_completion_progress(
    client: Client, username: str, offset: int = 0, count: int = MAX_PLAYED_PER_PAGE
) -> CompletionPage:
    """Return a page of the games in which the player unlocked something, the newest unlock first.

    Sets of five or fewer achievements are left out, and rows that are `award_only` hold no progress. Read on
    until `offset` reaches `total`; an unlock meanwhile moves the pages, so count the distinct ids. An unknown
    player has `total` 0. Raises ValueError for an offset or a count that the site refuses.
    """
    if offset < 0 or not 1 <= count <= MAX_PLAYED_PER_PAGE:
        raise ValueError(f"offset >= 0 and 1 <= count <= {MAX_PLAYED_PER_PAGE} are needed")
    answer = client.get_json(PATH, {"u": username, "o": str(offset), "c": str(count)})
    try:
        total, announced = number(answer.value, "Total"), number(answer.value, "Count")
        results = field(answer.value, "Results")
        # A page with fewer rows than announced would read as the end of the library.
        if not isinstance(results, list) or len(results) != announced:
            raise FieldError("Results: not a list of as many rows as Count")
    except FieldError as error:
        raise BatchError(f"not a page of played games: {error}", raw=evidence(answer.value)) from None
    games, unparsable = rows(results, parse_played_game)
    return CompletionPage(total, games, unparsable, answer.date, answer.at)


def parse_played_game(entry: Any) -> PlayedGame:
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
        award_kind=award_kind(entry),
        award_at=moment_or_none(entry, "HighestAwardDate"),
    )


def award_kind(entry: Any) -> str | None:
    """Return the kind as the site names it: a kind of tomorrow is kept as text."""
    if field(entry, "HighestAwardKind") is None:
        return None
    return text(entry, "HighestAwardKind")[:MAX_KIND] or None
