"""The listing of a player's games, page by page."""

from collections.abc import Callable, Iterator

from syncer.core.errors import SiteUnavailable
from syncer.core.model.library import MAX_PLAYED_PER_PAGE, CompletionPage, PlayedGame
from syncer.core.ports import ProgressSource

from .windows import complete_listing, page_count

MAX_LISTING_READS = 3  # then it moved during each of them
MAX_PAGES = 100  # of a listing; the site has fewer than 50,000 games


def iter_pages(source: ProgressSource, user: str) -> Iterator[CompletionPage]:
    """Yield the pages of a player's games up to an empty one. Raises ApiError."""
    first = source.completion_progress(user, 0, MAX_PLAYED_PER_PAGE)
    if page_count(first.total) > MAX_PAGES:
        raise SiteUnavailable(f"a listing of {first.total:,} games cannot be right")
    yield first
    for number in range(1, page_count(first.total)):
        page = source.completion_progress(user, number * MAX_PLAYED_PER_PAGE, MAX_PLAYED_PER_PAGE)
        yield page
        if not page.games and not page.unreadable:
            return


def fetch_library(source: ProgressSource, user: str) -> list[PlayedGame]:
    """Return the games of one reading; one that moved meanwhile may be missing. Raises ApiError."""
    return list({game.game_id: game for page in iter_pages(source, user) for game in page.games}.values())


def fetch_complete_library(
    source: ProgressSource, user: str, report: Callable[[int], None]
) -> list[PlayedGame]:
    """Return the games of the first reading in which none moved; `report` gets the count so far.

    Raises ApiError, also where the listing moved during each reading.
    """
    for _ in range(MAX_LISTING_READS):
        games = complete_listing(_read_pages(source, user, report))
        if games is not None:
            return games
    raise SiteUnavailable("the listing moved while it was read")


def _read_pages(source: ProgressSource, user: str, report: Callable[[int], None]) -> list[CompletionPage]:
    pages: list[CompletionPage] = []
    for page in iter_pages(source, user):
        pages.append(page)
        report(sum(len(read.games) for read in pages))
    return pages
