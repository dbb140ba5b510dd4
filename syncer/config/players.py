"""The players of a document, each with the key that its requests use."""

from syncer.core.errors import KEY_PAGE

from .schema import Document, PlayerSection
from .settings import PlayerEntry
from .sources import Origins, Sources
from .values import PLAYED, Secret


def build_players(document: Document, sources: Sources) -> tuple[PlayerEntry, ...]:
    """Return the players: without [[players]], api.username with all played games.

    None at all is a problem, and so is one without games or a key, if requests are to be sent.
    """
    problems = sources.problems
    if not sources.sends and not document.players and not document.api.username:
        return ()
    only = {"username": document.api.username, "games": [PLAYED]}
    sections = document.players or [PlayerSection.model_validate(only)]
    entries = []
    for number, section in enumerate(sections):
        entry = _build_entry(section, document, is_only=len(sections) == 1)
        problems += _missing_settings(entry, number, sources.origins) if sources.sends else []
        entries.append(entry)
    for label in _duplicates([e.username for e in entries] + [e.ulid for e in entries]):
        problems.append(f"[[players]]: {label} is listed twice")
    return tuple(entries)


def _build_entry(section: PlayerSection, document: Document, is_only: bool) -> PlayerEntry:
    """Fill in what the section leaves out from [api]; the name only if there is a single player."""
    api = document.api
    # With several players, the owner of the key may be any of them.
    username = section.username or (api.username if is_only and not section.ulid else None)
    key, api_username = section.api_key or api.key, section.api_username or api.username or username
    ids = tuple(game for game in section.games if isinstance(game, int))
    played = PLAYED in section.games
    wanted = (played, section.unlocks, section.rank, section.sessions)
    return PlayerEntry(username, section.ulid, ids, api_username or "", Secret(key or ""), *wanted)


def _missing_settings(entry: PlayerEntry, number: int, origins: Origins) -> list[str]:
    """Return a problem for each needed setting that is not written anywhere.

    A setting that is written, but wrong, has its own problem already.
    """

    def is_unset(*names: str) -> bool:
        return not any(name in origins or f"players.{number}.{name}" in origins for name in names)

    named = "" if entry.label == "?" else f" ({entry.label})"
    where = f"[[players]] number {number + 1}{named}"
    found = []
    if entry.label == "?" and is_unset("username", "ulid", "api.username"):
        found.append(f"{where}: username is missing (or ulid, or [api] username)")
    if not entry.games and not entry.played and is_unset("games"):
        found.append(f'{where}: games is missing; games = "played", or ids like games = [1, 2, 3]')
    if not entry.key.reveal() and is_unset("api_key", "api.key"):
        found.append(f"{where}: no key; set [api] key_file, or $SYNCER_API__KEY ({KEY_PAGE})")
    return found


def key_owner(document: Document, players: tuple[PlayerEntry, ...]) -> PlayerEntry:
    """Return whose key serves requests about other players; without any it sends none."""
    api = document.api
    # Without [api] key every player has their own, and the first one counts.
    if players and not api.key:
        return players[0]
    username = api.username or (players[0].api_username if players else "")
    return PlayerEntry(api.username, None, (), username, Secret(api.key or ""))


def _duplicates(names: list[str | None]) -> set[str]:
    # The site compares names without case (site-api.md section 3).
    lower = [name.lower() for name in names if name]
    return {name for name in lower if lower.count(name) > 1}
