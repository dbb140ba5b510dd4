"""One request as the site reads it: its key and its parameters, validated as Laravel does."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from syncer.core.formats import php, ra_json

from .response import Refused, invalid

WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")  # PHP's FILTER_VALIDATE_INT, which takes no leading zeros


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request as the site reads it. `headers` has lower-case names; `form` is a POSTed body."""

    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: str = field(default="", repr=False)

    @property
    def values(self) -> dict[str, php.Value]:
        return php.query(self.query)

    @property
    def key(self) -> str:
        """The first non-empty one decides: `y`, a form's `y`, Bearer, Basic's password (site-api.md 2)."""
        in_query = self.values.get("y", "")
        in_form = parse_qs(self.form).get("y", [""])[-1].strip()
        scheme, _, credentials = self.headers.get("authorization", "").partition(" ")
        bearer = credentials.strip() if scheme.lower() == "bearer" else ""
        basic = _password(credentials) if scheme.lower() == "basic" else ""
        return in_query if isinstance(in_query, str) and in_query else in_form or bearer or basic

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def user(question: ApiRequest) -> str:
    """`u`: a ULID or a name (site-api.md section 3). Raises Refused."""
    try:
        return ra_json.user(question.values)
    except ValueError as error:
        raise Refused(invalid(u=str(error))) from None


def whole(question: ApiRequest, name: str, default: int, least: int, most: int | None = None) -> int:
    """A parameter that must be an integer where it is there (site-api.md 5.3, 5.9). Raises Refused."""
    value = question.values.get(name)
    if value is None:
        return default
    if not (isinstance(value, str) and WHOLE.fullmatch(value)):
        raise Refused(invalid(**{name: f"The {name} must be an integer."}))
    if int(value) < least:
        raise Refused(invalid(**{name: f"The {name} must be at least {least}."}))
    if most is not None and int(value) > most:
        raise Refused(invalid(**{name: f"The {name} must not be greater than {most}."}))
    return int(value)


def loose(question: ApiRequest, name: str) -> int:
    """A parameter that is only cast: 0 where it is missing or no number (site-api.md 5.4, 5.8)."""
    value = question.values.get(name, "")
    return 1 if isinstance(value, list) else php.cast(value)
