"""Who is followed, and with whose key."""

from .schema import Document, PlayerSection
from .settings import PlayerEntry
from .sources import Origins
from .values import PLAYED, Secret


def parse_players(document: Document, origins: Origins, problems: list[str]) -> tuple[PlayerEntry, ...]:
    """At least one. Where none is written, the one of [api], with all games that were ever played."""
    api = document.api
    alone = {"username": api.username, "games": [PLAYED]}
    sections = document.players or [PlayerSection.model_validate(alone)]
    entries = []
    for number, section in enumerate(sections):
        entry = _entry(section, document, alone=len(sections) == 1)
        problems += _missing(entry, number, origins)
        entries.append(entry)
    for label in _twice([e.username for e in entries] + [e.ulid for e in entries]):
        problems.append(f"[[players]]: {label} stands there twice")
    return tuple(entries)


def _entry(section: PlayerSection, document: Document, alone: bool) -> PlayerEntry:
    """What a section leaves out is that of [api]; the name only where it can be nobody else's."""
    api = document.api
    username = section.username or (api.username if alone and not section.ulid else None)
    key, asks = section.api_key or api.key, section.api_username or api.username or username
    ids = tuple(game for game in section.games if isinstance(game, int))
    played = PLAYED in section.games
    return PlayerEntry(username, section.ulid, ids, asks or "", Secret(key or ""), played, section.unlocks)


def _missing(entry: PlayerEntry, number: int, origins: Origins) -> list[str]:
    """What is needed and stands nowhere; what was there and could not be read has been told already."""

    def nowhere(*names: str) -> bool:
        return not any(name in origins or f"players.{number}.{name}" in origins for name in names)

    where = f"[[players]] number {number + 1}"
    found = []
    if entry.label == "?" and nowhere("username", "ulid", "api.username"):
        found.append(f"{where}: username is missing (or ulid, or [api] username)")
    if not entry.games and not entry.played and nowhere("games"):
        found.append(f'{where}: games is missing; games = "played", or ids like games = [1, 2, 3]')
    if not entry.key.reveal() and nowhere("api_key", "api.key"):
        found.append(f"{where}: no key; set [api] key_file, or $SYNCER_API__KEY (your site settings show it)")
    return found


def key_owner(document: Document, players: tuple[PlayerEntry, ...]) -> PlayerEntry:
    api, first = document.api, players[0]
    if not api.key:
        return first
    return PlayerEntry(api.username, None, (), api.username or first.api_username, Secret(api.key))


def _twice(names: list[str | None]) -> set[str]:
    lower = [name.lower() for name in names if name]
    return {name for name in lower if lower.count(name) > 1}
