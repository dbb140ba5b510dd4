"""/changes: all changes, newest first, filtered by game, kind and time."""

from datetime import date, datetime, timedelta

from starlette.responses import Response

from syncer.core.milestones.texts import CHANGE_TEXTS
from syncer.core.model.library import AwardKind
from syncer.core.model.progress import EPOCH
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page
from syncer.web.rendering.filters import STATES

PER_PAGE = 50
DAY, YEAR = timedelta(days=1), timedelta(days=365)
REACHED = {kind.value: STATES[kind.value] for kind in AwardKind}
KINDS = {**REACHED, **CHANGE_TEXTS}


def changes(view: PlayerRequest) -> Response:
    kind = view.parameters.choice("kind", ("all", *KINDS), "")
    filters = {name: view.parameters.text(name) for name in ("kind", "game", "from", "to")}
    games = matching_games(view, filters["game"])
    first_poll = view.queries.players.first_poll(view.player.id)
    if kind in REACHED:
        found = reached_page(view, kind, games)
    else:
        found = changes_page(view, kind, games, first_poll)
    is_unfiltered = not any(filters.values()) and not view.parameters.text("before")
    is_first_day = is_unfiltered and not found["changes"]
    return view.page(
        "changes.html",
        **found,
        kinds=KINDS,
        filters=filters,
        games=games,
        first_poll=first_poll,
        before_polls=view.queries.recent_unlocks.newest(view.player.id, PER_PAGE) if is_first_day else [],
    )


def changes_page(view: PlayerRequest, kind: str, games: list[Row] | None, first_poll: datetime | None) -> Row:
    """Return a page of changes by the polls that showed them."""
    search_start = search_window_start(view, kind, games)
    rows = view.queries.web.changes(
        view.player.id,
        PER_PAGE + 1,
        game_ids=None if games is None else [game["game_id"] for game in games],
        kind=kind or None,
        since=search_start or view.parameters.moment("from"),
        until=view.parameters.moment("to", end_of_day=True),
        before=view.parameters.number("before", 0) or None,
    )
    return {
        "changes": view.queries.details.of(rows[:PER_PAGE]),
        "reached": [],
        "older": rows[PER_PAGE - 1]["id"] if len(rows) > PER_PAGE else None,
        "further": continue_before(view, search_start, first_poll),
        "searched": search_start,
        "is_first": not view.parameters.text("before"),
    }


def reached_page(view: PlayerRequest, kind: str, games: list[Row] | None) -> Row:
    """Return a page of what was mastered, completed or beaten, by the site's dates."""
    since = view.parameters.moment("from") or EPOCH
    until = view.parameters.moment("to", end_of_day=True) or view.now
    ids = None if games is None else {game["game_id"] for game in games}
    reached = [
        row
        for row in view.queries.milestones.between(view.player.id, since, until)
        if row["kind"] == kind and (ids is None or row["game_id"] in ids)
    ]
    skipped = view.parameters.number("before", 0)
    return {
        "changes": [],
        "reached": reached[skipped : skipped + PER_PAGE],
        "older": skipped + PER_PAGE if len(reached) > skipped + PER_PAGE else None,
        "further": None,
        "searched": None,
        "is_first": not skipped,
    }


def matching_games(view: PlayerRequest, words: str) -> list[Row] | None:
    """Return the games with an id, or whose title contains the words; None: all games are meant."""
    return view.queries.game_list.matching(view.player.id, words) if words else None


def search_window_start(view: PlayerRequest, kind: str, games: list[Row] | None) -> datetime | None:
    """Return where a search for one kind starts: a year back; None if the whole history may be searched.

    No index holds the kinds: without the limit, a rare one would cost a scan of all rows.
    """
    if kind in ("", "all") or games is not None or view.parameters.text("from"):
        return None
    until = view.parameters.moment("to", end_of_day=True) or view.now
    return view.start_of_day(until.astimezone(view.context.zone).date() - YEAR)


def continue_before(
    view: PlayerRequest, search_start: datetime | None, first_poll: datetime | None
) -> date | None:
    """Return the last day before the searched window, if the history is older than that."""
    if search_start is None or first_poll is None or first_poll >= search_start:
        return None
    return search_start.astimezone(view.context.zone).date() - DAY


routes = [page("/changes", changes)]
