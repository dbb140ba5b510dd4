"""Error pages: one sentence, as a page or as JSON; never a path or a traceback."""

import logging
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from syncer.core.errors import ConfigError, DatabaseCorrupt, DatabaseIncompatible, StoreBusy, StoreError
from syncer.web.rendering.templates import render

logger = logging.getLogger("syncer")
RETRY_AFTER = {"Retry-After": "10"}
NOT_FOUND = "There is no such page."
BUG = "An error in syncer. Its log has the details."
STORE_ERRORS = {  # the error's own message names paths of this machine
    StoreBusy: "The database is busy. The stored data is safe; try again in a moment.",
    DatabaseCorrupt: "The database is damaged, or was replaced while it was in use. See: syncer doctor",
    DatabaseIncompatible: "The database does not fit this version, or refused the login. See: syncer doctor",
    StoreError: "The database cannot be read now. Each request tries again. See: syncer doctor",
}


class BadParameter(Exception):
    """A query parameter with an invalid value."""


def error_response(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    """Return an error as JSON below /data/, else as a page."""
    if request.url.path.startswith("/data/"):
        return JSONResponse({"error": message}, status, headers)
    return render(request, "error.html", code=status, headers=headers, message=message)


def _http(request: Request, error: Any) -> Response:
    message = NOT_FOUND if error.status_code == 404 else f"This request failed: {error.detail}."
    return error_response(request, error.status_code, message, error.headers)


def _parameter(request: Request, error: Any) -> Response:
    return error_response(request, 422, f"{error}.")


def _unknown_player(request: Request, error: Any) -> Response:
    return error_response(request, 404, f"{error.message[0].upper()}{error.message[1:]}.")


def _store(request: Request, error: Any) -> Response:
    state = request.app.state
    if getattr(state, "last_logged", None) != error.message:  # once: an open page asks every few seconds
        logger.warning("page failed: %s", error.message, extra={"facts": {"event": "page_failed"}})
    state.last_logged = error.message
    return error_response(request, 503, STORE_ERRORS.get(type(error), STORE_ERRORS[StoreError]), RETRY_AFTER)


# Starlette raises the error again after this answer, so that the server logs its traceback.
def _bug(request: Request, error: Any) -> Response:
    return error_response(request, 500, BUG)


# Starlette searches the class of an error and then its bases: StoreError covers its subclasses.
HANDLERS: dict[Any, Any] = {
    HTTPException: _http,
    BadParameter: _parameter,
    ConfigError: _unknown_player,  # only PlayerQueries.select() raises it for a page
    StoreError: _store,
    Exception: _bug,
}
