"""The rule for every path: relative to the configuration's folder, or without a file to the working one."""

import os
import re
from pathlib import Path
from typing import Any

SQLITE = "sqlite:///"
# `*_file` in a section of the configuration; a variable that ends in _FILE is read by environment.py.
PATH_SETTINGS = re.compile(
    r"api\.(key_file|ca_file)|health\.ping_url_file|notify\.urls_file|.*\.api_key_file"
)


def user_folder(kind: str, *names: str) -> list[Path]:
    """Return the user's folder for `config` or `data`, or a file in it; nothing where no home is known.

    A container may run as a user without HOME and without a line in /etc/passwd.
    """
    import platformdirs

    find = platformdirs.user_config_dir if kind == "config" else platformdirs.user_data_dir
    try:
        folder = find("ra-syncer")
    except RuntimeError:  # older versions of platformdirs return a path that begins with ~
        return []
    return [Path(folder, *names)] if os.path.isabs(folder) else []


def base_folder(path: Path | None) -> Path:
    """Return the folder in which relative paths begin."""
    return Path(os.path.abspath(path.parent if path else Path()))


def resolve(text: str, folder: Path) -> str:
    """Return the absolute path. Raises ValueError if `~` stands for no known folder."""
    expanded = os.path.expanduser(text)
    if expanded.startswith("~"):
        raise ValueError(f"{text!r}: the home folder is not known; write an absolute path")
    # Not normalised: after a link to a folder, `..` is not the folder before it.
    return str(folder / expanded)


def resolve_database_url(url: str, folder: Path) -> str:
    """Return the URL of a SQLite file with an absolute path; any other URL as it is. Raises ValueError."""
    file = url.removeprefix(SQLITE)
    return url if file == url or not file or file == ":memory:" else SQLITE + resolve(file, folder)


def former_database(url: Any, folder: Path) -> Path | None:
    """Return the database that earlier versions used for a relative URL, if only that one exists.

    They began relative paths in the working directory, and key files in the configuration's folder.
    """
    file = url.removeprefix(SQLITE) if isinstance(url, str) and url.startswith(SQLITE) else ""
    former = Path(os.path.abspath(file))
    if not file or file.startswith("~") or os.path.exists(folder / file) or not os.path.isfile(former):
        return None
    return former


def resolve_all(raw: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
    """Make the paths in the document absolute. Return (dotted name, problem) for each that cannot be."""
    found = []
    for name, section, key in _text_settings(raw):
        resolver = resolve_database_url if name == "database.url" else resolve
        if name == "database.url" or (PATH_SETTINGS.fullmatch(name) and section[key]):
            try:
                section[key] = resolver(section[key], folder)
            except ValueError as error:
                found.append((name, str(error)))
    return found


def _text_settings(raw: dict[str, Any]) -> list[tuple[str, dict[str, Any], str]]:
    """Return (dotted name, section, key) of each text in the document."""
    players = raw.get("players")
    sections = [(name, section) for name, section in raw.items() if isinstance(section, dict)]
    sections += [(f"players.{n}", p) for n, p in enumerate(players if isinstance(players, list) else [])]
    return [
        (f"{where}.{key}", section, key)
        for where, section in sections
        if isinstance(section, dict)
        for key, value in section.items()
        if isinstance(value, str)
    ]
