"""GetUserProgress from the database, as of now or any moment before: clients of the site travel in time.

There is no CORS header: any page that a player opens could read the history through the player's browser.
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
LONGEST_QUERY = 8000  # bytes, some 1,300 ids; the site's proxy reads a line of 8192 (site-api.md section 7)
ZEROS = (0,) * len(PROGRESS_COLUMNS)


class ApiError(Exception):
    """The question is wrong; `body` says so as the site would."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class ProgressQuery:
    user: str
    games: list[GameId]
    moment: datetime


def endpoint(request: Request) -> Response:
    """A script of the site's API; we have one."""
    query = take_query(request)
    try:
        if request.path_params["script"] != SCRIPT:
            raise ApiError(404, ra_json.failure(404, "Not Found", "not_found"))
        if len(query) > LONGEST_QUERY:
            raise ApiError(414, ra_json.failure(414, "URI Too Long", "uri_too_long"))
        return user_progress(php.query(query), get_context(request))
    except ApiError as refused:
        return respond(refused.status, refused.body)
    except StoreError:
        return respond(503, ra_json.failure(503, "Service Unavailable", "service_unavailable"))


routes: list[BaseRoute] = [Route("/API/{script}", in_threadpool(endpoint))]


def take_query(request: Request) -> str:
    """The query, which nobody sees after us: clients send their key in it, and a server may log it."""
    query: bytes = request.scope["query_string"]
    request.scope["query_string"] = b""
    return query.decode("latin-1")


def user_progress(values: Mapping[str, php.Value], context: Context) -> Response:
    now = context.now()
    asked = parse_query(values, context, now)
    who = find_player(asked.user, context.queries)
    told = {"Syncer-At": format_utc(asked.moment)}
    if who is None:
        return respond(200, {}, told | {"Syncer-Coverage": UNKNOWN})
    possible = [game for game in asked.games if game <= MAX_NUMBER]
    found = context.queries.history.state_at(who.id, asked.moment, now, context.gap_after, possible)
    rows = {row["game_id"]: row for row in found}
    numbers = {g: [rows[g][name] for name in PROGRESS_COLUMNS] if g in rows else ZEROS for g in asked.games}
    words = {g: rows[g]["coverage"] if g in rows else UNKNOWN for g in asked.games}
    return respond(
        200, {str(g): ra_json.progress_entry(six) for g, six in numbers.items()}, told | coverage(words)
    )


def parse_query(values: Mapping[str, php.Value], context: Context, now: datetime) -> ProgressQuery:
    """Raises Refused with every problem at once. `z` and `y` are left unread: whoever reaches us may ask."""
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, read in (("u", ra_json.user), ("i", _games), ("at", lambda v: _moment(v, context, now))):
        try:
            found[name] = read(values)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise ApiError(422, ra_json.invalid(problems))
    return ProgressQuery(found["u"], found["i"], found["at"])


def _games(values: Mapping[str, php.Value]) -> list[GameId]:
    asked = values.get("i", "")
    if isinstance(asked, list):  # the site fails with 500
        raise ValueError("The i field must be a string.")
    return ra_json.game_ids(asked)


def _moment(values: Mapping[str, php.Value], context: Context, now: datetime) -> datetime:
    when = values.get("at")
    if when is None:
        return truncate_to_ms(now)
    if isinstance(when, list):
        raise ValueError("The at field must be a string.")
    try:
        return truncate_to_ms(parse_timestamp(when, context.zone, now, end_of_day=True))
    except ValueError as error:
        hint = " A + is written %2B." if " " in when else ""
        raise ValueError(f"The at cannot be used: {error}.{hint}") from None


def find_player(name: str, queries: Queries) -> PlayerRef | None:
    """Who bears the name now, as on the site; else who bore it, or is configured by it. Raises Refused."""
    try:
        found = queries.players.select(name)
    except ConfigError:
        return None
    now = [who for who in found if name.lower() in (who.username.lower(), who.ulid.lower())]
    if len(now or found) > 1:
        raise ApiError(422, ra_json.invalid({"u": "The u was the name of several players here; use a ULID."}))
    return (now or found)[0]


def respond(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(php.to_json(body), status, headers, media_type="application/json")
