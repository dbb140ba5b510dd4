"""GetUserCompletionProgress (site-api.md 5.3): the games that a player has played, page by page."""

from typing import Any

from syncer.api.client import Client
from syncer.api.excerpt import evidence
from syncer.api.fields import (
    FieldError,
    decoration,
    field,
    icon,
    identity,
    identity_or_none,
    moment_or_none,
    number_or_none,
    rows,
    text,
    text_or_empty,
)
from syncer.api.size_limit import size_limit
from syncer.core.errors import BatchError
from syncer.core.model.library import MAX_PLAYED_PER_PAGE, CompletionPage, PlayedGame
from syncer.core.ratelimit import budget

PATH = "API_GetUserCompletionProgress.php"
MAX_AWARD_KIND = 64  # characters of the column


def get_user_completion_progress(
    client: Client, username: str, offset: int = 0, count: int = MAX_PLAYED_PER_PAGE
) -> CompletionPage:
    """Return a page of the games in which the player unlocked something, the newest unlock first.

    Sets of five or fewer achievements are left out, and rows that are `award_only` hold no progress. Read on
    until `offset` reaches `total`; an unlock meanwhile moves the pages, so count the distinct ids. An unknown
    player has `total` 0. Raises RequestTooLarge where the site takes fewer rows, ValueError for an
    offset or a count that it never takes.
    """
    if offset < 0 or not 1 <= count <= MAX_PLAYED_PER_PAGE:
        raise ValueError(f"offset >= 0 and 1 <= count <= {MAX_PLAYED_PER_PAGE} are needed")
    params = {"u": username, "o": str(offset), "c": str(count)}
    with size_limit(client, "c", count, budget.on_too_many_rows, budget.clear_row_limit):
        answer = client.get_json(PATH, params)
    try:
        total, announced = number_or_none(answer.value, "Total"), number_or_none(answer.value, "Count")
        results = field(answer.value, "Results")
        # A page with fewer rows than announced would read as the end of the library.
        if not isinstance(results, list) or announced not in (None, len(results)):
            raise FieldError("Results: not a list of as many rows as Count")
        if total is None and not results:
            raise FieldError("Total: not a number, and no rows")
    except FieldError as error:
        raise BatchError(f"not a page of played games: {error}", raw=evidence(answer.value)) from None
    games, unparsable = rows(results, parse_played_game)
    return CompletionPage(total, games, unparsable, answer.date, answer.at)


def parse_played_game(entry: Any) -> PlayedGame:
    return PlayedGame(
        game_id=identity(entry, "GameID"),
        title=text_or_empty(entry, "Title"),
        console_id=identity_or_none(entry, "ConsoleID"),
        console_name=text_or_empty(entry, "ConsoleName"),
        icon_path=icon(entry, "ImageIcon"),
        max_possible=number_or_none(entry, "MaxPossible"),
        num_awarded=number_or_none(entry, "NumAwarded"),
        num_awarded_hardcore=number_or_none(entry, "NumAwardedHardcore"),
        most_recent_awarded_at=moment_or_none(entry, "MostRecentAwardedDate"),
        award_kind=decoration(award_kind, entry, "HighestAwardKind", None),
        award_at=moment_or_none(entry, "HighestAwardDate"),
        is_award_known=decoration(award_kind, entry, "HighestAwardKind", "") != "",
    )


def award_kind(entry: Any, name: str) -> str | None:
    """Read an award as the site names it, also a kind that we do not know yet; None: there is no award."""
    if field(entry, name) is None:
        return None
    kind = text(entry, name)[:MAX_AWARD_KIND]
    if not kind:
        raise FieldError(f"{name}: empty")
    return kind
