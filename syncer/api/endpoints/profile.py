"""GetUserProfile: build the question, read the answer."""

import json
import re
from typing import Any, TypeAlias

from syncer.api.client import Client, JsonResponse, NotFound, excerpt
from syncer.api.fields import FieldError, number
from syncer.core.errors import BatchError, PlayerNotFound
from syncer.core.model.player import Profile

FIELDS = (
    *("User", "ULID", "UserPic", "MemberSince", "RichPresenceMsg", "LastGameID", "ContribCount"),
    *("ContribYield", "TotalPoints", "TotalSoftcorePoints", "TotalTruePoints", "Permissions", "Untracked"),
    *("ID", "UserWallActive", "Motto"),
)
Field: TypeAlias = str | int | None
ULID = re.compile(r"[0-9A-Za-z]{26}")


def get_user_profile(client: Client, user: str) -> Profile:
    """site-api.md 5.2. Raises PlayerNotFound for nobody, any other ApiError."""
    heard = _ask_profile(client, user)
    value = heard.value
    ulid, name = (value.get("ULID"), value.get("User")) if isinstance(value, dict) else (None, None)
    name = "".join(c for c in name if c.isprintable()).strip() if isinstance(name, str) else ""
    if not (isinstance(ulid, str) and ULID.fullmatch(ulid) and name):
        raise BatchError("the profile has no ULID or no name", raw=excerpt(json.dumps(value)))
    totals = (_total(value, "TotalPoints"), _total(value, "TotalSoftcorePoints"))
    return Profile(ulid, excerpt(name, 64), heard.date, *totals)


def _total(value: Any, name: str) -> int | None:
    """Who the player is does not hang on it."""
    try:
        return number(value, name)
    except FieldError:
        return None


def get_user_profile_fields(client: Client, user: str) -> dict[str, Field]:
    """The documented fields that are there, as they were sent: to be shown, not to be worked with.

    Raises PlayerNotFound for nobody, BatchError for what is no profile, any other ApiError.
    """
    value = _ask_profile(client, user).value
    sent = value.items() if isinstance(value, dict) else ()
    found = {name: one for name, one in sent if name in FIELDS and isinstance(one, str | int | None)}
    if not found.get("User"):
        raise BatchError("the profile has no name", raw=excerpt(json.dumps(value)))
    return found


def _ask_profile(client: Client, user: str) -> JsonResponse:
    try:
        return client.ask("API_GetUserProfile.php", {"u": user})
    except NotFound as error:
        if error.answered:
            raise PlayerNotFound(f"RetroAchievements knows no player {user}") from None
        raise
