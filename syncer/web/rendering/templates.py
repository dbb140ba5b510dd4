"""Jinja2 with autoescape: every title is a stranger's text."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from .filters import AWARDS, CHANGE_LABELS, CHANGE_TONE, FILTERS, REASONS, percent

HERE = Path(__file__).parents[1]
STATIC = HERE / "static"
NAVIGATION = (
    ("/", "Overview"),
    ("/games", "Games"),
    ("/changes", "Changes"),
    ("/calendar", "Calendar"),
    ("/health-report", "Health"),
)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.globals.update(kinds=CHANGE_LABELS, moods=CHANGE_TONE, reasons=REASONS, awards=AWARDS, share=percent)
    made.globals.update(static=static, navigation=NAVIGATION)
    return made


@lru_cache
def static(name: str) -> str:
    """The address of a file of ours; another one as soon as it is another file."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def address(path: str, parameters: Mapping[str, Any]) -> str:
    """With those parameters that say something."""
    said = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(said)}" if said else path


def render(
    request: Request,
    template: str,
    *,
    code: int = 200,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> HTMLResponse:
    """A page. Without a visit it knows of no player, and asks no database."""
    facts.setdefault("visit", None)
    html = _environment().get_template(template).render(path=request.url.path, address=address, **facts)
    return HTMLResponse(html, code, headers)
