"""Parameters of a page: read, checked and limited."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, tzinfo

from starlette.exceptions import HTTPException
from starlette.requests import Request

from syncer.core.formats.timestamps import end_of, is_date
from syncer.core.model.progress import EPOCH, MAX_NUMBER, GameId

from .error_handlers import BadParameter

EARLIEST_DAY = date(1971, 1, 1)  # computing with earlier ones overflows in some zones


class Parameters:
    """The parameters of one request. Methods raise BadParameter for an invalid value."""

    def __init__(self, request: Request, zone: tzinfo, now: datetime) -> None:
        self._request, self._zone, self._now = request, zone, now

    def text(self, name: str, max_length: int = 100) -> str:
        """Return the parameter without surrounding spaces; empty if it is absent."""
        value = self._request.query_params.get(name, "").strip()
        if len(value) > max_length:
            raise BadParameter(f"{name} is longer than {max_length} characters")
        return value

    @property
    def game_id(self) -> GameId:
        """The id in the address. Raises HTTPException 404 for an impossible one."""
        value: str = self._request.path_params["game"]
        # Not \d, which also matches digits of other scripts; bounded, because int() refuses very long texts.
        if not re.fullmatch(r"[0-9]{1,10}", value) or not 0 < int(value) <= MAX_NUMBER:
            raise HTTPException(404)
        return int(value)

    @property
    def day(self) -> date:
        """The day in the address, from 1971 to today. Raises HTTPException 404 for another one."""
        value: str = self._request.path_params["day"]
        try:
            day = date.fromisoformat(value) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else None
        except ValueError:
            day = None
        if day is None or not EARLIEST_DAY <= day <= self._now.astimezone(self._zone).date():
            raise HTTPException(404)
        return day

    def number(self, name: str, default: int, maximum: int = MAX_NUMBER) -> int:
        """Return a positive number, or `default` if the parameter is absent."""
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"[0-9]{1,10}", value) or not 0 < int(value) <= maximum:
            raise BadParameter(f"{name} is not a number from 1 to {maximum}")
        return int(value)

    def choice(self, name: str, options: Collection[str], default: str) -> str:
        """Return one of the options, or `default` if the parameter is absent."""
        value = self.text(name)
        if value and value not in options:
            raise BadParameter(f"{name} is not one of {', '.join(options)}")
        return value or default

    def moment(self, name: str, *, end_of_day: bool = False) -> datetime | None:
        """Return a date of the player's zone, or an ISO timestamp, limited to 1970 until now."""
        value = self.text(name)
        if not value:
            return None
        try:
            # A plus sign in a query string means a space; in a zone such as +02:00 it is often not escaped.
            moment = self._moment(value.replace(" ", "+"), end_of_day)
        except (ValueError, OverflowError):
            raise BadParameter(
                f"{name} is neither a date like 2026-05-01 nor a timestamp like 2026-05-01T18:30Z"
            ) from None
        # Limited, because computing with years such as 1 or 9999 overflows.
        return max(EPOCH, min(moment, self._now))

    def _moment(self, text: str, end_of_day: bool) -> datetime:
        moment = datetime.fromisoformat(text)
        if is_date(text) and end_of_day:
            return end_of(moment.date(), self._zone)
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
