"""Endpoints of the site from the local database, as of any moment: existing clients can read the past.

There is no CORS header: with one, any page that the player opens could read the history.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from syncer.core.errors import StoreError
from syncer.core.formats import php, ra_json
from syncer.core.formats.timestamps import format_utc
from syncer.web.app.context import Context, get_context
from syncer.web.asgi.threadpool import in_threadpool

from .coverage_headers import UNKNOWN, least_certain
from .site_endpoints import recently_played, user_points, user_profile, user_progress
from .site_request import Endpoint, PastAnswer, PastRequest, QueryError, Values, find_player, moment_of, parse

ENDPOINTS: Mapping[str, Endpoint] = {
    "API_GetUserProgress.php": user_progress.ENDPOINT,
    "API_GetUserProfile.php": user_profile.ENDPOINT,
    "API_GetUserPoints.php": user_points.ENDPOINT,
    "API_GetUserRecentlyPlayedGames.php": recently_played.ENDPOINT,
}
MAX_QUERY = 8000  # bytes, about 1,300 ids; the site's proxy reads a line of 8192 (site-api.md section 7)


def answer(request: Request) -> Response:
    """Answer one of the endpoints above; any other endpoint of the site is not found."""
    query = take_query(request)
    try:
        endpoint = ENDPOINTS.get(request.path_params["script"])
        if endpoint is None:
            raise QueryError(404, ra_json.failure(404, "Not Found", "not_found"))
        if len(query) > MAX_QUERY:
            raise QueryError(414, ra_json.failure(414, "URI Too Long", "uri_too_long"))
        return answer_endpoint(endpoint, php.query(query), get_context(request))
    except QueryError as error:
        return respond(error.status, error.body)
    except StoreError:
        return respond(503, ra_json.failure(503, "Service Unavailable", "service_unavailable"))


# POST as on the site: parameters come from the query only, and a body is not read (site-api.md section 1).
routes: list[BaseRoute] = [Route("/API/{script}", in_threadpool(answer), methods=["GET", "POST"])]


def take_query(request: Request) -> str:
    """Remove and return the query string: clients send their key in it, and the server may log it."""
    query: bytes = request.scope["query_string"]
    request.scope["query_string"] = b""
    # One character for each byte: the bytes may be invalid UTF-8, and php.query() decodes escapes itself.
    return query.decode("latin-1")


def answer_endpoint(endpoint: Endpoint, values: Values, context: Context) -> Response:
    """Answer a request from one state of the database. `z` and `y` are not read."""
    now = context.now()
    own = {"u": ra_json.user, **endpoint.parameters}
    parsed = parse(values, {**own, "at": lambda found: moment_of(found, context, now)})
    moment = parsed["at"]
    status, found = endpoint.unknown_status, PastAnswer({}, least_certain([UNKNOWN]))
    with context.queries.in_one_transaction() as queries:
        player = find_player(parsed["u"], queries)
        if player is not None:
            asked = PastRequest(player, moment, now, context.gap_after, queries, parsed)
            status, found = 200, endpoint.answer(asked)
    return respond(status, found.body, {"Syncer-At": format_utc(moment), **found.coverage})


def respond(status: int, body: object, headers: Mapping[str, str] | None = None) -> Response:
    return Response(php.to_json(body), status, headers, media_type="application/json")
