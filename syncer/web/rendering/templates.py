"""Jinja2 with autoescape: titles and names come from the site and are not trusted."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from syncer.core.milestones.texts import CHANGE_TEXTS
from syncer.web.asgi.base_path import base_path_of

from .filters import CHANGE_TONE, FILTERS, REJECTION_REASONS, STATE_TONE, STATES, percent

HERE = Path(__file__).parents[1]
STATIC = HERE / "static"
NAVIGATION = (
    ("/", "Overview"),
    ("/games", "Games"),
    ("/changes", "Changes"),
    ("/calendar", "Calendar"),
    ("/sync-health", "Sync health"),
)
GLOBALS = {
    "change_labels": CHANGE_TEXTS,
    "change_tone": CHANGE_TONE,
    "rejection_reasons": REJECTION_REASONS,
    "states": STATES,
    "state_tone": STATE_TONE,
    "percent": percent,
    "navigation": NAVIGATION,
}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        # A misspelt name in a template raises an error and does not print an empty text.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(GLOBALS)
    return environment


@lru_cache
def digest(name: str) -> str:
    """Return the beginning of the digest of a static file."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def static(request: Request, name: str) -> str:
    """Return the address of a static file; it contains a digest, so that a new file has a new address."""
    return address(request, f"/static/{name}", {"v": digest(name)})


def address(request: Request, path: str, parameters: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return the address of a page, with those parameters that have a value.

    Every address on a page comes from here, for it may begin with the path under which a proxy serves it.
    """
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    whole = base_path_of(request) + path
    return f"{whole}?{urlencode(given)}" if given else whole


def render(
    request: Request,
    template: str,
    *,
    code: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return a page. Without a `view` it shows no player and needs no database."""
    # StrictUndefined refuses a name that is not set, and the layout asks for `view`.
    values.setdefault("view", None)
    values |= {"address": partial(address, request), "static": partial(static, request)}
    return HTMLResponse(fill(template, path=request.url.path, **values), code, headers)


def fill(template: str, **values: Any) -> str:
    """Return the text of a template, in which every value is escaped, as HTML and XML need it."""
    return _environment().get_template(template).render(**values)
