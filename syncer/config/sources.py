"""Where settings come from: a TOML file, the environment, and files that hold secrets."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from syncer.core.errors import ConfigError

# Those that `…_FILE` may name a file for.
SECRETS = ("database.url", "api.key", "players.*.api_key", "health.ping_url", "notify.urls")

Origins = dict[str, str]


def find(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The configuration file, in the contract's order. Raises ConfigError for a named one that is missing."""
    import platformdirs

    named = explicit or (Path(environ["SYNCER_CONFIG"]) if environ.get("SYNCER_CONFIG") else None)
    if named:
        if not named.is_file():
            hint = f"Name the right one, or write it: syncer --config {quote(str(named))} init"
            raise ConfigError("the configuration was not found", [f"{named}: no such file"], hint=hint)
        return named
    home = Path(platformdirs.user_config_dir("ra-syncer")) / "config.toml"
    places = (Path("config.toml"), home, Path("/etc/syncer/config.toml"))
    return next((place for place in places if place.is_file()), None)


def from_file(path: Path | None, problems: list[str]) -> tuple[dict[str, Any], Origins]:
    if path is None:
        return {}, {}
    try:
        return from_text(path.read_text("utf-8"), path, problems)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: {_without_values(error)}")
        return {}, {}


def from_text(text: str, path: Path, problems: list[str]) -> tuple[dict[str, Any], Origins]:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path}: {_without_values(error)}")
        return {}, {}
    return raw, dict.fromkeys(_leaves(raw), str(path))


def _without_values(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    place = re.search(r"at line \d+, column \d+|at end of document", str(error))
    return f"is not TOML {place[0] if place else ''}".rstrip()


def _leaves(raw: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in raw.items():
        if isinstance(value, dict):
            found += _leaves(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            for index, item in enumerate(value):
                found += _leaves(item, f"{prefix}{name}.{index}.")
        else:
            found.append(prefix + name)
    return found


def apply_environment(
    raw: dict[str, Any], origins: Origins, environ: Mapping[str, str], problems: list[str]
) -> None:
    """SYNCER_<SECTION>__<KEY>, and …_FILE for secrets. The environment wins."""
    ours = sorted(name for name in environ if name.startswith("SYNCER_") and "__" in name)
    for name in ours:
        dotted = name.removeprefix("SYNCER_").lower().replace("__", ".")
        value: str | None = environ[name]
        plain = dotted.removesuffix("_file")
        if dotted.endswith("_file") and is_secret(plain):
            if name.removesuffix("_FILE") in environ:
                problems.append(f"${name}: ${name.removesuffix('_FILE')} is set as well; keep one")
            dotted, value = plain, secret_file(Path(environ[name]), f"${name}", problems)
        if value is not None:
            _put(raw, dotted, value, f"${name}", problems)
            origins[dotted] = f"${name}"


def is_secret(dotted: str) -> bool:
    return re.sub(r"\.\d+\.", ".*.", dotted) in SECRETS


def secret_file(path: Path, name: str, problems: list[str]) -> str | None:
    """The file's text without one newline at its end."""
    try:
        text = path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{name}: the file cannot be read ({getattr(error, 'strerror', None) or 'not text'})")
        return None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        problems.append(f"{name}: the file is empty")
        return None
    return text


def _put(raw: dict[str, Any], dotted: str, value: str, name: str, problems: list[str]) -> None:
    """Set one value where TOML would have it; numbers and booleans are read from the text."""
    *way, last = dotted.split(".")
    place: Any = raw
    for step in way:
        if isinstance(place, list):
            index = int(step) if step.isdigit() else -1
            if not 0 <= index <= len(place):
                problems.append(f"{name}: players are numbered 0, 1, 2 …")
                return
            if index == len(place):
                place.append({})
            place = place[index]
        elif isinstance(place, dict):
            place = place.setdefault(step, [] if step == "players" else {})
    if isinstance(place, dict):
        place[last] = {"true": True, "false": False}.get(value.lower(), value)
    else:
        problems.append(f"{name} is not a setting")


def read_key_files(
    raw: dict[str, Any], origins: Origins, path: Path | None, environ: Mapping[str, str], problems: list[str]
) -> None:
    """key_file, api_key_file and ping_url_file of the file; then systemd's credential."""
    folder = path.parent if path else Path()
    players = raw.get("players") if isinstance(raw.get("players"), list) else []
    owners = [("api", raw.get("api"), "key"), ("health", raw.get("health"), "ping_url")]
    owners += [("notify", raw.get("notify"), "urls")]
    owners += [(f"players.{n}", p, "api_key") for n, p in enumerate(players or [])]
    for where, section, name in owners:
        named = section.get(f"{name}_file") if isinstance(section, dict) else None
        if not isinstance(section, dict) or not isinstance(named, str) or not named:
            continue
        from_environment = origins.get(f"{where}.{name}", "").startswith("$")
        if name in section and not from_environment:
            problems.append(f"{path}: [{where}] {name} and {name}_file are both set; keep one")
        elif name not in section:
            text = secret_file(
                folder / Path(named).expanduser(), f"{path or ''}: [{where}] {name}_file", problems
            )
            if text is not None:
                section[name] = text
            origins[f"{where}.{name}"] = f"file {named}"
    credential = Path(environ.get("CREDENTIALS_DIRECTORY") or "/nowhere") / "api_key"
    if isinstance(raw.setdefault("api", {}), dict) and "key" not in raw["api"] and credential.is_file():
        text = secret_file(credential, "$CREDENTIALS_DIRECTORY/api_key", problems)
        if text is not None:
            raw["api"]["key"], origins["api.key"] = text, "$CREDENTIALS_DIRECTORY/api_key"
