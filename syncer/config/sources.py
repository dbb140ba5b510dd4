"""The configuration file: where it is found, and what it holds before it is checked."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from syncer.core.errors import ConfigError

# Settings that a variable ending in _FILE may name a file for.
SECRETS = ("database.url", "api.key", "players.*.api_key", "health.ping_url", "notify.urls")

# The reason ends before a text that the error quotes, which may be a secret; signs of TOML are shown.
TOML_ERROR = re.compile(
    r"(?P<reason>(?:[^'\"(]|(['\"]).{1,4}?\2)+).*\((?P<place>at line \d+, column \d+|at end of document)\)",
    re.S,
)

Origins = dict[str, str]  # dotted name of a setting -> where its value comes from


def find_config_file(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the first configuration file that exists. Raises ConfigError if a named one does not."""
    named = explicit or (Path(environ["SYNCER_CONFIG"]) if environ.get("SYNCER_CONFIG") else None)
    if named:
        if not named.is_file():
            hint = f"Correct the path, or create the file: syncer --config {quote(str(named))} init"
            raise ConfigError("the configuration was not found", [f"{named}: no such file"], hint=hint)
        return named
    return next((place for place in default_places() if place.is_file()), None)


def default_places() -> tuple[Path, ...]:
    """Return where the configuration is searched for if none is named, in this order."""
    import platformdirs

    user = Path(platformdirs.user_config_dir("ra-syncer")) / "config.toml"
    return Path("config.toml"), user, Path("/etc/syncer/config.toml")


def require_any(path: Path | None, origins: Origins) -> None:
    """Raise ConfigError if there is no configuration yet: no file, and neither a key nor a player."""
    is_given = any(name.startswith("players.") or name in ("api.username", "api.key") for name in origins)
    if path is None and not is_given:
        places = ", ".join(map(str, default_places()))
        hint = "Create one: syncer init (or set variables: docs/configuration.md)"
        raise ConfigError("no configuration yet", [f"none of these files exists: {places}"], hint=hint)


def read_file(path: Path | None, problems: list[str]) -> tuple[dict[str, Any], Origins]:
    if path is None:
        return {}, {}
    try:
        return parse_toml(path.read_text("utf-8"), path, problems)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: {_describe(error)}")
        return {}, {}


def parse_toml(text: str, path: Path, problems: list[str]) -> tuple[dict[str, Any], Origins]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path}: {_describe(error)}")
        return {}, {}
    return raw, dict.fromkeys(_dotted_names(raw), str(path))


def _describe(error: Exception) -> str:
    """Return what is wrong without the text around it, which may be a secret."""
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    found = TOML_ERROR.fullmatch(str(error))
    if not found:
        return "is not TOML"
    reason = found["reason"][0].lower() + found["reason"][1:].rstrip()
    advice = " (a text needs quotes)" if reason == "invalid value" else ""
    return f"is not TOML {found['place']}: {reason}{advice}"


def _dotted_names(raw: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in raw.items():
        if isinstance(value, dict):
            found += _dotted_names(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                found += _dotted_names(item, f"{prefix}{name}.{index}.")
        else:
            found.append(prefix + name)
    return found


def is_secret(dotted: str) -> bool:
    return re.sub(r"\.\d+\.", ".*.", dotted) in SECRETS
