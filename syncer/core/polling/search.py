"""The order in which a search polls games until the sums agree. Pure.

First the lists of consoles, each of which shows the possible counts of hundreds of games in one request: a
game whose set was revised explains most differences. Then all games, those first that were not polled for
longest. A run does some of it; the next one goes on where it stopped.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncer.core.formats.timestamps import from_milliseconds, start_of, to_milliseconds
from syncer.core.model.polling import Search, SumStatus
from syncer.core.model.progress import GameId

from .sweep import SweepTarget, oldest

if TYPE_CHECKING:
    from syncer.core.model.library import GameList

# What a search polls, the sweep need not: of two such requests about one is sent in addition.
POLLS_FOR_LIST = 2
LISTS_INTERVAL = timedelta(hours=6)  # the lists of all consoles are some megabytes
# Of all searches in a day (UTC); the sweep finds what is left in time. A day with eight differences took 250.
# A search that found nothing counts only with its lists.
REQUESTS_PER_DAY = 200
SPARE_BATCHES = 3  # of targets that fail and are polled again, so that a search has an end

PossibleNumbers = tuple[int, int]  # how many achievements can be unlocked, and their points


def choose_consoles(
    search: Search, consoles: Sequence[int], batches: int, last_pass_at: datetime | None, now: datetime
) -> Search:
    """Return the search with the consoles whose lists it reads.

    None, if they were read recently, or if polling the games takes fewer requests: so many `batches` hold
    those that may explain the difference.
    """
    is_recent = last_pass_at is not None and last_pass_at <= now < last_pass_at + LISTS_INTERVAL
    is_needless = batches <= POLLS_FOR_LIST * len(consoles)
    return replace(search, consoles=() if is_recent or is_needless else tuple(consoles))


def revised_games(answer: "GameList", stored: Mapping[GameId, PossibleNumbers]) -> list[GameId]:
    """Return the followed games of a console whose possible counts are no longer those of their snapshot.

    `stored`: of their newest snapshots. A game that the list lacks has no achievements any more; that is
    certain only where every row could be read.
    """
    listed = {game.game_id: (game.num_achievements, game.points) for game in answer.games}
    is_whole = bool(answer.games) and not answer.unreadable
    missing: tuple[int | None, int | None] = (0, 0) if is_whole else (None, None)
    return [
        game_id
        for game_id, numbers in sorted(stored.items())
        if any(
            new is not None and new != old
            for new, old in zip(listed.get(game_id, missing), numbers, strict=True)
        )
    ]


def batches_with(
    games: Sequence[GameId], others: Iterable[SweepTarget], size: int
) -> list[tuple[GameId, ...]]:
    """Return batches with these games; the last one is filled with those that were not polled for longest."""
    room = -len(games) % size
    wanted = set(games)
    filling = oldest((target for target in others if target.game_id not in wanted), room)
    both = (*games, *filling)
    return [both[begin : begin + size] for begin in range(0, len(both), size)]


def unsearched(search: Search, targets: Iterable[SweepTarget], tried: set[GameId]) -> list[SweepTarget]:
    """Return the targets that were not polled since the search began. `tried`: those that it just polled."""
    return [t for t in targets if t.last_seen_at < search.begun_at and t.game_id not in tried]


def is_exhausted(search: Search, targets: int, left: int, size: int) -> bool:
    """Return whether everything was polled, or as many batches as hold all targets and some more."""
    return left == 0 or search.batches >= -(-targets // size) + SPARE_BATCHES


def end_of_day(at: datetime) -> datetime:
    """Return when the day (UTC) ends, in which the requests of searches are counted."""
    return start_of(at.astimezone(UTC).date() + timedelta(days=1), UTC)


def spent_today(status: SumStatus, at: datetime) -> int:
    """Return how many requests searches have sent today."""
    return status.spent if status.spent_until == end_of_day(at) else 0


# As a text to be stored


def format_search(search: Search) -> str:
    """Return the search as JSON."""
    begun = to_milliseconds(search.begun_at)
    row = {"begun": begun, "consoles": search.consoles, "batches": search.batches, "done": search.is_done}
    return json.dumps(row, separators=(",", ":"))


def parse_search(text: str | None) -> Search | None:
    """Return the search of a stored text; None: there is none."""
    if not text:
        return None
    row = json.loads(text)
    consoles = None if row["consoles"] is None else tuple(row["consoles"])
    return Search(from_milliseconds(row["begun"]), consoles, row["batches"], row["done"])
