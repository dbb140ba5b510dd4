"""The listing of a player's games, page by page."""

from collections.abc import Callable, Iterator
from datetime import datetime

from syncer.core.errors import RequestTooLarge, SiteUnavailable
from syncer.core.model.library import MAX_PLAYED_PER_PAGE, CompletionPage, PlayedGame
from syncer.core.model.progress import UnparsableEntry
from syncer.core.ports import ProgressSource
from syncer.core.ratelimit.budget import fewer_rows, row_limit

from .windows import complete_listing, page_count

MAX_LISTING_READS = 3  # then it moved during each of them
MAX_PAGES = 100  # of a listing; the site has fewer than 50,000 games
MAX_REQUESTS = 500  # of one reading, where the site sends shorter pages


def iter_pages(source: ProgressSource, user: str, now: datetime) -> Iterator[CompletionPage]:
    """Yield the pages of a player's games up to the last or an empty one. Raises ApiError."""
    offset, rows = 0, row_limit(source.limiter.read(), now, MAX_PLAYED_PER_PAGE)
    for _ in range(MAX_REQUESTS):
        try:
            page = source.completion_progress(user, offset, rows)
        except RequestTooLarge:
            rows = fewer_rows(rows)
            continue
        if page.total is not None and page_count(page.total) > MAX_PAGES:
            raise SiteUnavailable(f"a listing of {page.total:,} games cannot be right")
        yield page
        # By the rows that came: a site may send fewer than requested without a word (site-api.md 5.12).
        offset += page.rows
        if not page.rows or (page.total is not None and offset >= page.total):
            return
    raise SiteUnavailable(f"the listing was not read to its end with {MAX_REQUESTS} requests")


def fetch_library(source: ProgressSource, user: str, now: datetime) -> list[PlayedGame]:
    """Return the games of one reading; one that moved meanwhile may be missing. Raises ApiError."""
    return list({g.game_id: g for page in iter_pages(source, user, now) for g in page.games}.values())


def fetch_complete_library(
    source: ProgressSource, user: str, now: datetime, report: Callable[[int, int | None], None]
) -> tuple[list[PlayedGame], list[UnparsableEntry]]:
    """Return games and unreadable rows of the first reading in which none moved.

    `report` gets the count so far, and that of the whole list if it is known. Raises ApiError, also where
    the listing moved during each reading.
    """
    for _ in range(MAX_LISTING_READS):
        pages = _read_pages(source, user, now, report)
        games = complete_listing(pages)
        if games is not None:
            return games, [row for page in pages for row in page.unreadable]
    raise SiteUnavailable("the listing moved while it was read")


def _read_pages(
    source: ProgressSource, user: str, now: datetime, report: Callable[[int, int | None], None]
) -> list[CompletionPage]:
    pages: list[CompletionPage] = []
    for page in iter_pages(source, user, now):
        pages.append(page)
        report(sum(len(read.games) for read in pages), page.total)
    return pages
