"""The checks that an answer must pass before its values are read: status, content type, JSON."""

import json
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from syncer.core.errors import (
    ApiError,
    BatchError,
    InvalidRequest,
    SiteUnavailable,
    TransientError,
    UrlTooLong,
)

from .excerpt import excerpt
from .transport import RawResponse
from .web_page import is_web_page, page_title

FORBIDDEN_WAIT = 900.0  # seconds until the first retry after a 403, which may be a challenge of the CDN


class NotFound(SiteUnavailable):
    """404 or 410. `by_endpoint`: the endpoint itself answered, by `[]` (site-api.md section 4)."""

    def __init__(self, message: str, *, by_endpoint: bool, raw: str) -> None:
        super().__init__(message, raw=raw)
        self.by_endpoint = by_endpoint


def status_error(reply: RawResponse) -> ApiError:
    """Return the error of a status other than 200."""
    status, raw, page = reply.status, excerpt(reply.body), _by_page(reply)
    if status == 403:
        message = f"the site refused the request (403){page}"
        return SiteUnavailable(message, first_wait=FORBIDDEN_WAIT, raw=raw)
    if status in (404, 410):
        by_endpoint = status == 404 and reply.body.strip() == b"[]"  # a wrong address has a JSON body, too
        return NotFound(f"the site has no such page ({status}){page}", by_endpoint=by_endpoint, raw=raw)
    if status == 414:
        return UrlTooLong("the URL is too long (414)")
    if status == 422:
        message = "the site rejected the request as invalid (422)"
        return InvalidRequest(message, parameters=_rejected_parameters(reply), raw=raw)
    if 300 <= status < 400:
        return SiteUnavailable(f"the site redirects elsewhere ({status}); not followed{page}", raw=raw)
    return BatchError(f"the site answered {status}{page}", raw=raw)


def _rejected_parameters(reply: RawResponse) -> Collection[str]:
    """Return the parameters that a 422 names: the keys of `errors`. Its texts are never read."""
    with suppress(BatchError):
        value = parse_json(reply)
        errors = value.get("errors") if isinstance(value, dict) else None
        return errors if isinstance(errors, dict) else ()
    return ()


def _by_page(reply: RawResponse) -> str:
    """Return the end of a message that names the web page: a firewall answers with its own."""
    if not is_web_page(reply.headers.get("Content-Type", ""), reply.body):
        return ""
    title = page_title(reply.body)
    return f": a web page titled '{title}'" if title else ""


def check_type(reply: RawResponse) -> None:
    """Raise TransientError for an empty body, SiteUnavailable for a web page, BatchError for another type."""
    content_type = reply.headers.get("Content-Type", "").lower()
    if not reply.body.strip():
        raise TransientError("an empty answer")  # an answer that was cut inside its headers looks the same
    if is_web_page(content_type, reply.body):
        title = page_title(reply.body)
        named = f" titled '{title}'" if title else ""
        raise SiteUnavailable(f"a web page{named} instead of data", raw=excerpt(reply.body))
    if content_type and "json" not in content_type:
        raise BatchError("not JSON", raw=excerpt(reply.body))


def parse_json(reply: RawResponse) -> Any:
    """Return the value of a body. Raises TransientError where it was cut off, else BatchError."""
    try:
        return json.loads(
            reply.body.decode(), parse_constant=_reject_constant, object_pairs_hook=_reject_duplicate_keys
        )
    except (ValueError, RecursionError):
        if not reply.complete:
            raise TransientError("the answer was cut off") from None
        raise BatchError("invalid JSON", raw=excerpt(reply.body)) from None


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name occurs twice")
    return made
