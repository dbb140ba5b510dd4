"""GetUserProgress from the local database, as of any moment: existing clients can read the past.

There is no CORS header: with one, any page that the player opens could read the history.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from syncer.core.clock import truncate_to_ms
from syncer.core.errors import ConfigError, StoreError
from syncer.core.formats import php, ra_json
from syncer.core.formats.timestamps import format_utc, parse_timestamp
from syncer.core.model.progress import MAX_NUMBER, PROGRESS_COLUMNS, GameId
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context, get_context
from syncer.web.asgi.threadpool import in_threadpool

from .coverage_headers import UNKNOWN, coverage

SCRIPT = "API_GetUserProgress.php"
MAX_QUERY = 8000  # bytes, about 1,300 ids; the site's proxy reads a line of 8192 (site-api.md section 7)
ZEROS = (0,) * len(PROGRESS_COLUMNS)


class QueryError(Exception):
    """A request that is refused. `body`: the refusal in the shape of the site."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class ProgressQuery:
    """The parameters of a valid request."""

    user: str
    games: list[GameId]
    moment: datetime


def endpoint(request: Request) -> Response:
    """Answer an endpoint of the site's API; any other than GetUserProgress is not found."""
    query = take_query(request)
    try:
        if request.path_params["script"] != SCRIPT:
            raise QueryError(404, ra_json.failure(404, "Not Found", "not_found"))
        if len(query) > MAX_QUERY:
            raise QueryError(414, ra_json.failure(414, "URI Too Long", "uri_too_long"))
        return user_progress(php.query(query), get_context(request))
    except QueryError as error:
        return respond(error.status, error.body)
    except StoreError:
        return respond(503, ra_json.failure(503, "Service Unavailable", "service_unavailable"))


# POST as on the site: parameters come from the query only, and a body is not read (site-api.md section 1).
routes: list[BaseRoute] = [Route("/API/{script}", in_threadpool(endpoint), methods=["GET", "POST"])]


def take_query(request: Request) -> str:
    """Remove and return the query string: clients send their key in it, and the server may log it."""
    query: bytes = request.scope["query_string"]
    request.scope["query_string"] = b""
    # One character for each byte: the bytes may be invalid UTF-8, and php.query() decodes escapes itself.
    return query.decode("latin-1")


def user_progress(values: Mapping[str, php.Value], context: Context) -> Response:
    now = context.now()
    query = parse_query(values, context, now)
    player = find_player(query.user, context.queries)
    headers = {"Syncer-At": format_utc(query.moment)}
    if player is None:
        return respond(200, {}, headers | {"Syncer-Coverage": UNKNOWN})
    # PostgreSQL raises an error for a number that its column cannot hold; the site answers zeros.
    storable = [game for game in query.games if game <= MAX_NUMBER]
    state = context.queries.history.state_at(player.id, query.moment, now, context.gap_after, storable)
    rows = {row["game_id"]: row for row in state}
    numbers = {g: [rows[g][name] for name in PROGRESS_COLUMNS] if g in rows else ZEROS for g in query.games}
    levels = {g: rows[g]["coverage"] if g in rows else UNKNOWN for g in query.games}
    body = {str(g): ra_json.progress_entry(six) for g, six in numbers.items()}
    return respond(200, body, headers | coverage(levels))


def parse_query(values: Mapping[str, php.Value], context: Context, now: datetime) -> ProgressQuery:
    """Return the parameters, or raise QueryError with all problems at once. `z` and `y` are not read."""
    parsed: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, parse in (("u", ra_json.user), ("i", _games), ("at", lambda v: _moment(v, context, now))):
        try:
            parsed[name] = parse(values)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise QueryError(422, ra_json.invalid(problems))
    return ProgressQuery(parsed["u"], parsed["i"], parsed["at"])


def _games(values: Mapping[str, php.Value]) -> list[GameId]:
    ids = values.get("i", "")
    if isinstance(ids, list):  # the site fails with 500
        raise ValueError("The i field must be a string.")
    return ra_json.game_ids(ids)


def _moment(values: Mapping[str, php.Value], context: Context, now: datetime) -> datetime:
    when = values.get("at")
    if when is None:
        # Stored times are in milliseconds, and Syncer-At must name a time that gives the same answer again.
        return truncate_to_ms(now)
    if isinstance(when, list):
        raise ValueError("The at field must be a string.")
    try:
        return truncate_to_ms(parse_timestamp(when, context.zone, now, end_of_day=True))
    except ValueError as error:
        hint = " Write a + as %2B." if " " in when else ""
        raise ValueError(f"The at field is invalid: {error}.{hint}") from None


def find_player(name: str, queries: Queries) -> PlayerRef | None:
    """Return the player with this current name or, without one, this former or configured name.

    The site itself knows current names only. Raises QueryError if several players had the name.
    """
    try:
        players = queries.players.select(name)
    except ConfigError:
        return None
    # A configured name may have become the current name of another player (site-api.md section 3).
    current = [p for p in players if name.lower() in (p.username.lower(), p.ulid.lower())]
    if len(current or players) > 1:
        raise QueryError(422, ra_json.invalid({"u": "The u field names several players; use a ULID."}))
    return (current or players)[0]


def respond(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(php.to_json(body), status, headers, media_type="application/json")
