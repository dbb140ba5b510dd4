"""Addresses of the site's pages: names and ids in those that people paste, and those that ours link."""

import re
from urllib.parse import quote

SITE = r"(?:https?://)?(?:www\.)?retroachievements\.org"
PAGES = "https://retroachievements.org"
REST = r"(?:[/?#].*)?"
USER_PAGE = re.compile(rf"{SITE}/user/([A-Za-z0-9]+){REST}", re.I)
# Behind the number the site may write the title: /game/1-sonic-the-hedgehog.
GAME_PAGE = re.compile(rf"{SITE}/game2?/([0-9]+)(?:-[^/?#]*)?{REST}", re.I)

MAX_URL = 2000  # bytes
ULID_LENGTH, KEY_LENGTH = 26, 32


def username_in(text: str) -> str:
    """Return the name in the address of a user's page or after an @; another text as it is."""
    found = USER_PAGE.fullmatch(text.strip())
    return found[1] if found else text.strip().removeprefix("@")


def game_id_in(text: str) -> str:
    """Return the id in the address of a game's page; another text as it is."""
    found = GAME_PAGE.fullmatch(text.strip())
    return found[1] if found else text


def game_page(game_id: int) -> str:
    """Return the address of a game's page."""
    return f"{PAGES}/game/{game_id}"


def achievement_page(achievement_id: int) -> str:
    """Return the address of an achievement's page."""
    return f"{PAGES}/achievement/{achievement_id}"


def user_page(username: str) -> str:
    """Return the address of a user's page."""
    return f"{PAGES}/user/{quote(username, safe='')}"


def id_bytes(base_url: str, username: str) -> int:
    """Return the room for the ids in a URL of at most 2,000 bytes (site-api.md section 7)."""
    without_values = f"{base_url}/API_GetUserProgress.php?z={username}&u=&i=&y="
    return MAX_URL - len(without_values) - ULID_LENGTH - KEY_LENGTH
