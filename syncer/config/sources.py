"""Where settings come from: the file, the environment and files of secrets, before they are checked."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any, TypeAlias

from syncer.core.errors import ConfigError

from .files import MAX_CONFIGURATION, MAX_SECRET, read_text
from .paths import base_folder, former_database, resolve, resolve_all, user_folder
from .text import unwrap

# Settings that a variable ending in _FILE may name a file for.
SECRETS = ("database.url", "api.key", "players.*.api_key", "health.ping_url", "notify.urls")

# The reason ends before a text that the error quotes, which may be a secret; signs of TOML are shown.
TOML_ERROR = re.compile(
    r"(?P<reason>(?:[^'\"(]|(['\"]).{1,4}?\2)+).*\((?P<place>at line \d+, column \d+|at end of document)\)",
    re.S,
)

NEEDED_TO_SEND = re.compile(r"players\.|api\.(username|key|key_file)$")
READERS = (
    "What is stored there: syncer status. To record, set [api] username and key_file, and the games of "
    "[[players]] (docs/configuration.md)"
)

Origins = dict[str, str]  # dotted name of a setting -> where its value comes from
Stamp: TypeAlias = tuple[int, int, int] | None  # what changes with a file's content; None: no such file


def stamp(file: Path) -> Stamp:
    """Return the file's time of change, its size and its inode."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass
class Sources:
    """Where one reading of the configuration searches, and what it found.

    `text`: that of the file. `stamps`: the files with secrets, each as it was just before it was read.
    `sends`: players and a key are needed.
    """

    path: Path | None
    environ: Mapping[str, str] = field(repr=False)
    text: str = field(default="", repr=False)
    origins: Origins = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    former_database: Path | None = None
    sends: bool = True

    def __post_init__(self) -> None:
        # Compose files and service managers often set a variable to nothing where none is meant.
        self.environ = {name: value for name, value in self.environ.items() if value}

    @property
    def folder(self) -> Path:
        """The folder in which relative paths begin."""
        return base_folder(self.path)

    def label(self, dotted: str) -> str:
        """Return the name of a setting for a problem: its variable, or its place in the file."""
        origin = self.origins.get(dotted, "")
        section, _, key = dotted.rpartition(".")
        return origin if origin.startswith("$") else f"{origin}: [{section}] {key}".removeprefix(": ")

    def resolve_paths(self, raw: dict[str, Any]) -> None:
        """Make the paths in the document absolute. Adds a problem for each that cannot be."""
        database = raw.get("database")
        url = database.get("url") if isinstance(database, dict) else None
        self.former_database = former_database(url, self.folder)
        found = resolve_all(raw, self.folder)
        texts = [f"{self.label(name)}: {problem}" for name, problem in found]
        # A file of a secret that cannot be found was reported when it was read.
        self.problems += [text for text in texts if text not in self.problems]

    def read_secret(self, file: str, setting: str) -> str | None:
        """Return the text of a file without blanks and quotes around it; None and a problem if unusable."""
        try:
            if "\0" in file:
                raise ValueError("holds a NUL character")  # which no call of the system accepts
            path = Path(resolve(file, self.folder))
        except ValueError as error:
            self.problems.append(f"{setting}: {error}")
            return None
        self.stamps[path] = stamp(path)
        try:
            text = unwrap(read_text(path, MAX_SECRET))
        except ValueError as error:
            self.problems.append(f"{setting}: the file {error}: {path}")
            return None
        if not text:
            self.problems.append(f"{setting}: the file is empty: {path}")
        return text or None


def find_config_file(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the first configuration file that exists. Raises ConfigError if a named one does not."""
    chosen = explicit or environ.get("SYNCER_CONFIG")
    # `~` is often left to us: service managers and `--config=~/…` do not expand it.
    named = Path(os.path.expanduser(chosen)) if chosen else None
    if named:
        if not named.is_file():
            if named.exists():
                raise ConfigError(f"{named} has 1 problem", [f"{named}: is not a regular file"])
            hint = f"Correct the path, or create the file: syncer --config {quote(str(named))} init"
            raise ConfigError("the configuration was not found", [f"{named}: no such file"], hint=hint)
        return named
    return next((place for place in default_places() if place.is_file()), None)


def default_places() -> tuple[Path, ...]:
    """Return where the configuration is searched for if none is named, in this order."""
    return Path("config.toml"), *user_folder("config", "config.toml"), Path("/etc/syncer/config.toml")


def require_any(sources: Sources) -> None:
    """Raise ConfigError if there is no configuration yet: no file, and neither a key nor a player.

    A command that only reads needs no more than the variable of the database.
    """
    names = sources.origins
    enough = ("api.username", "api.key") if sources.sends else ("api.username", "api.key", "database.url")
    is_given = any(name.startswith("players.") or name in enough for name in names)
    if sources.path is None and not is_given:
        places = ", ".join(map(str, default_places()))
        hint = (
            "If yours is in another folder, type the command there, or name the file with --config. "
            "Otherwise create one: syncer init (or set variables: docs/configuration.md)"
        )
        raise ConfigError("no configuration yet", [f"none of these files exists: {places}"], hint=hint)
    if sources.sends and "database.url" in names and not any(NEEDED_TO_SEND.match(name) for name in names):
        raise ConfigError(f"{sources.path} has no player and no key: it is enough only to read", hint=READERS)


def read_file(sources: Sources) -> None:
    """Set the text of the configuration file, if there is one. Adds a problem if it cannot be read."""
    path = sources.path
    if path is None:
        return
    sources.stamps[path] = stamp(path)
    try:
        sources.text = read_text(path, MAX_CONFIGURATION, "a configuration")
    except ValueError as error:
        sources.problems.append(f"{path}: {error}")


def parse_toml(sources: Sources) -> dict[str, Any]:
    """Return the document and note where each setting comes from. Adds a problem for what is not TOML."""
    try:
        raw = tomllib.loads(sources.text)
    except tomllib.TOMLDecodeError as error:
        sources.problems.append(f"{sources.path}: {_describe(error)}")
        return {}
    sources.origins |= dict.fromkeys(_leaves(raw), str(sources.path))
    return raw


def differ_only_in_secrets(text: str, other: str) -> bool:
    """Return whether two texts are configurations that differ at most in keys and addresses of services."""
    try:
        both = [_leaves(tomllib.loads(each)) for each in (text, other)]
    except tomllib.TOMLDecodeError:
        return False
    plain = [{name: value for name, value in each.items() if not is_reread(name)} for each in both]
    return plain[0] == plain[1]


def _describe(error: tomllib.TOMLDecodeError) -> str:
    """Return what is wrong without the text around it, which may be a secret."""
    found = TOML_ERROR.fullmatch(str(error))
    if not found:
        return "is not TOML"
    reason = found["reason"][0].lower() + found["reason"][1:].rstrip()
    advice = " (a text needs quotes)" if reason == "invalid value" else ""
    return f"is not TOML {found['place']}: {reason}{advice}"


def _leaves(raw: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the value of each dotted name."""
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if isinstance(value, dict):
            found |= _leaves(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                found |= _leaves(item, f"{prefix}{name}.{index}.")
        else:
            found[prefix + name] = value
    return found


def is_secret(dotted: str) -> bool:
    return re.sub(r"\.\d+\.", ".*.", dotted) in SECRETS


def is_reread(dotted: str) -> bool:
    """Return whether a running daemon takes a new value of the setting: another database needs a restart."""
    return is_secret(dotted) and dotted != "database.url"
