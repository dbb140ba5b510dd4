"""One request as the site reads it: its key and its parameters, validated as Laravel does."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from syncer.core.formats import php, ra_json

from .response import InvalidParameter, invalid


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request. `headers` has lower-case names; `form` is a POSTed body."""

    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: str = field(default="", repr=False)

    @property
    def values(self) -> dict[str, php.Value]:
        return php.query(self.query)

    @property
    def key(self) -> str:
        """The first non-empty of `y`, a form's `y`, Bearer and Basic's password (site-api.md 2)."""
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


def parse_user(request: ApiRequest) -> str:
    """Return `u`, a ULID or a name (site-api.md section 3). Raises InvalidParameter."""
    try:
        return ra_json.user(request.values)
    except ValueError as error:
        raise InvalidParameter(invalid(u=str(error))) from None


def parse_integer(
    request: ApiRequest, name: str, default: int, *, minimum: int, maximum: int | None = None
) -> int:
    """Return a parameter that the site validates (site-api.md 5.3, 5.9). Raises InvalidParameter."""
    try:
        return ra_json.integer(request.values, name, default, minimum=minimum, maximum=maximum)
    except ValueError as error:
        raise InvalidParameter(invalid(**{name: str(error)})) from None


def cast_integer(request: ApiRequest, name: str) -> int:
    """Return a parameter that PHP only casts: 0 where it is missing or no number (site-api.md 5.4, 5.8)."""
    value = request.values.get(name, "")
    return 1 if isinstance(value, list) else php.cast(value)
