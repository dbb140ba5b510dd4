"""GetUserProfile (site-api.md 5.2): name, ULID and totals of a player."""

import json
import re
from typing import TypeAlias

from syncer.api.client import Client, JsonResponse
from syncer.api.excerpt import excerpt
from syncer.api.fields import number_or_none
from syncer.api.response_checks import NotFound
from syncer.core.errors import BatchError, PlayerNotFound
from syncer.core.model.player import Profile

FIELDS = (
    *("User", "ULID", "UserPic", "MemberSince", "RichPresenceMsg", "LastGameID", "ContribCount"),
    *("ContribYield", "TotalPoints", "TotalSoftcorePoints", "TotalTruePoints", "Permissions", "Untracked"),
    *("ID", "UserWallActive", "Motto"),
)
Field: TypeAlias = str | int | None
ULID = re.compile(r"[0-9A-Za-z]{26}")
PATH = "API_GetUserProfile.php"
MAX_NAME = 64  # characters
TOTALS = ("TotalPoints", "TotalSoftcorePoints", "TotalTruePoints")


def get_user_profile(client: Client, username: str) -> Profile:
    """Return the profile of a name or ULID; its name is empty where it cannot be read.

    Raises PlayerNotFound where there is no such player.
    """
    answer = request_about_player(client, PATH, username)
    value = answer.value
    ulid, name = (value.get("ULID"), value.get("User")) if isinstance(value, dict) else (None, None)
    name = "".join(c for c in name if c.isprintable()).strip() if isinstance(name, str) else ""
    if not (isinstance(ulid, str) and ULID.fullmatch(ulid)):
        raise BatchError("the profile has no ULID", raw=excerpt(json.dumps(value)))
    totals = [number_or_none(value, total) for total in TOTALS]
    return Profile(ulid, excerpt(name, MAX_NAME), answer.date, *totals)


def get_user_profile_fields(client: Client, username: str) -> dict[str, Field]:
    """Return the documented fields that the answer has, unchecked, to be printed.

    Raises PlayerNotFound where there is no such player, BatchError for an answer without name and ULID.
    """
    value = request_about_player(client, PATH, username).value
    sent = value.items() if isinstance(value, dict) else ()
    found = {name: one for name, one in sent if name in FIELDS and isinstance(one, str | int | None)}
    if not (found.get("User") or found.get("ULID")):
        raise BatchError("the profile has no name and no ULID", raw=excerpt(json.dumps(value)))
    return found


def request_about_player(client: Client, path: str, username: str) -> JsonResponse:
    """Return an answer about a player. Raises PlayerNotFound where there is no such player."""
    try:
        return client.get_json(path, {"u": username})
    except NotFound as error:
        if error.by_endpoint:
            raise PlayerNotFound(f"RetroAchievements knows no player {username}") from None
        raise
