"""Who is followed, and with whose key."""

from .document import Document, PlayerSection
from .settings import PlayerEntry
from .sources import Origins
from .values import Secret


def players_of(
    document: Document, origins: Origins, problems: list[str], *, needed: bool
) -> tuple[PlayerEntry, ...]:
    """At least one. Where none is written and none `needed`, the one of [api], perhaps without games."""
    api = document.api
    sections = document.players or [PlayerSection(username=api.username)]
    entries = []
    for number, section in enumerate(sections):
        alone = api.username if len(sections) == 1 else None
        username = section.username or (None if section.ulid else alone)
        key, api_username = section.api_key or api.key, section.api_username or api.username or username
        entry = PlayerEntry(username, section.ulid, section.games, api_username or "", Secret(key or ""))
        problems += _missing(entry, number, origins, games=needed or bool(document.players))
        entries.append(entry)
    for label in _twice([e.username for e in entries] + [e.ulid for e in entries]):
        problems.append(f"[[players]]: {label} stands there twice")
    return tuple(entries)


def _missing(entry: PlayerEntry, number: int, origins: Origins, *, games: bool) -> list[str]:
    """What is needed and stands nowhere; what was there and could not be read has been told already."""

    def nowhere(*names: str) -> bool:
        return not any(name in origins or f"players.{number}.{name}" in origins for name in names)

    where = f"[[players]] number {number + 1}"
    found = []
    if entry.label == "?" and nowhere("username", "ulid", "api.username"):
        found.append(f"{where}: username is missing (or ulid, or [api] username)")
    if games and not entry.games and nowhere("games"):
        found.append(f"{where}: games is missing; list ids, like games = [1, 2, 3]")
    if not entry.key.reveal() and nowhere("api_key", "api.key"):
        found.append(f"{where}: no key; set [api] key_file, or $SYNCER_API__KEY (your site settings show it)")
    return found


def owner_of(document: Document, players: tuple[PlayerEntry, ...]) -> PlayerEntry:
    api, first = document.api, players[0]
    if not api.key:
        return first
    return PlayerEntry(api.username, None, (), api.username or first.api_username, Secret(api.key))


def _twice(names: list[str | None]) -> set[str]:
    lower = [name.lower() for name in names if name]
    return {name for name in lower if lower.count(name) > 1}
