"""What a configuration allows but should not have: readable secrets, shared keys, open pages."""

import stat
from pathlib import Path
from shlex import quote

from .addresses import is_loopback
from .key_form import find_odd_keys
from .paths import SQLITE
from .schema import Document
from .secret_files import key_files
from .settings import PlayerEntry
from .sources import Sources, is_secret

# The site wants each user's own key for that user's requests (site-api.md section 10).
MAX_PLAYERS_PER_KEY = 5
SET_ZONE = '[schedule] timezone = "Europe/Berlin"'
NO_LOGIN = (
    "the pages are served at {} and have no login: anyone who reaches this address can read them; "
    'try: [web] host = "127.0.0.1", or a proxy with a login (docs/proxy.md)'
)


def find_warnings(
    document: Document, sources: Sources, players: tuple[PlayerEntry, ...], zone_problem: str
) -> tuple[str, ...]:
    """Return one sentence for each; after `; try: ` it names the command that helps."""
    found = [
        f"{file} holds a key and others can read it; try: chmod 600 {quote(str(file))}"
        for file in _files_with_secrets(sources)
        if file.exists() and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    ]
    # A command that only reads uses no key: there the warning would stand above each answer.
    if sources.sends and _is_key_overused(players):
        found.append(
            "more than five players share one key; the site wants each player's requests with their own key; "
            "try: an api_key_file in each of the [[players]]"
        )
    if document.web.enabled and not is_loopback(document.web.host):
        found.append(NO_LOGIN.format(document.web.host))
    if zone_problem:
        found.append(f"{zone_problem}; try: {SET_ZONE}")
    if sources.former_database:
        found.append(describe_former(sources.former_database, document.database.url))
    return (*found, *(find_odd_keys(document, sources) if sources.sends else ()))


def _is_key_overused(players: tuple[PlayerEntry, ...]) -> bool:
    keys = [player.key for player in players if player.key.reveal()]
    return any(keys.count(key) > MAX_PLAYERS_PER_KEY for key in set(keys))


def describe_former(former: Path, url: str) -> str:
    """Return that a database stands where earlier versions looked for a relative URL, and how to keep it."""
    return (
        f"{url.removeprefix(SQLITE)} does not exist; paths begin in the folder of the configuration, and "
        f'earlier versions used {former}; try: [database] url = "{SQLITE}{former}"'
    )


def _files_with_secrets(sources: Sources) -> list[Path]:
    # The URL of a database is masked where it is shown, but most hold no password.
    secrets = {o for name, o in sources.origins.items() if is_secret(name) and name != "database.url"}
    own = [sources.path] if sources.path and str(sources.path) in secrets else []
    return own + key_files(sources)
