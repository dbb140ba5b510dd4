"""When a page cannot be shown: one sentence, as a page or as JSON; never a path, never a traceback."""

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
BUG = "A mistake in syncer. What happened stands in its log."
STORED = {  # the words of the error itself name places of this machine
    StoreBusy: "The database is busy. What is stored is safe; try again in a moment.",
    DatabaseCorrupt: "The database is damaged, or was replaced while it was in use. See: syncer doctor",
    DatabaseIncompatible: "The database does not fit this version, or refused the login. See: syncer doctor",
    StoreError: "The database cannot be read now. It is tried again at the next request; see: syncer doctor",
}


class BadParameter(Exception):
    """What stands behind the question mark cannot be meant."""


def error_response(
    request: Request, status: int, sentence: str, headers: dict[str, str] | None = None
) -> Response:
    if request.url.path.startswith("/data/"):
        return JSONResponse({"error": sentence}, status, headers)
    return render(request, "failure.html", code=status, headers=headers, sentence=sentence)


def _http(request: Request, error: Any) -> Response:
    sentence = NOT_FOUND if error.status_code == 404 else f"This cannot be answered: {error.detail}."
    return error_response(request, error.status_code, sentence, error.headers)


def _parameter(request: Request, error: Any) -> Response:
    return error_response(request, 422, f"{error}.")


def _unknown_player(request: Request, error: Any) -> Response:
    return error_response(request, 404, f"{error.message[0].upper()}{error.message[1:]}.")


def _store(request: Request, error: Any) -> Response:
    state = request.app.state
    if getattr(state, "told", None) != error.message:  # once: a page that is left open asks again and again
        logger.warning(
            "a page could not be shown: %s", error.message, extra={"facts": {"event": "page_failed"}}
        )
    state.told = error.message
    return error_response(request, 503, STORED.get(type(error), STORED[StoreError]), RETRY_AFTER)


def _bug(request: Request, error: Any) -> Response:
    return error_response(request, 500, BUG)


HANDLERS: dict[Any, Any] = {
    HTTPException: _http,
    BadParameter: _parameter,
    ConfigError: _unknown_player,
    StoreError: _store,
    Exception: _bug,
}
