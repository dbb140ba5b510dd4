"""Requests in the site's form: their parameters, their player, and how they are refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from syncer.core.clock import truncate_to_ms
from syncer.core.errors import ConfigError
from syncer.core.formats import php, ra_json
from syncer.core.formats.timestamps import parse_timestamp
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context

Values: TypeAlias = Mapping[str, php.Value]
Parser: TypeAlias = Callable[[Values], Any]  # raises ValueError with the message of a 422


class QueryError(Exception):
    """A request that is refused. `body`: the refusal in the shape of the site."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True, slots=True)
class PastRequest:
    """A valid request about a stored player. `values`: the endpoint's own parameters, parsed."""

    player: PlayerRef
    moment: datetime
    now: datetime
    gap_after: timedelta
    queries: Queries
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """What an endpoint answers. `coverage`: the headers that say how certain it is."""

    body: object
    coverage: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of the site. `parameters`: its own; `unknown_status`: of an unknown player."""

    answer: Callable[[PastRequest], PastAnswer]
    parameters: Mapping[str, Parser] = field(default_factory=dict)
    unknown_status: int = 200


def parse(values: Values, parsers: Mapping[str, Parser]) -> dict[str, Any]:
    """Return the parameters, or raise QueryError with all problems at once. Others are not read."""
    parsed: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, parser in parsers.items():
        try:
            parsed[name] = parser(values)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise QueryError(422, ra_json.invalid(problems))
    return parsed


def moment_of(values: Values, context: Context, now: datetime) -> datetime:
    """Return parameter `at`; without one it is now. Raises ValueError."""
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
