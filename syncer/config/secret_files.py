"""Secrets in separate files: named by `…_file` in the configuration, or mounted by systemd."""

import os
from pathlib import Path
from typing import Any

from .sources import Sources

CREDENTIAL = "$CREDENTIALS_DIRECTORY/api_key"


def read_secret_files(raw: dict[str, Any], sources: Sources) -> None:
    """Put the secrets that files hold into the document. What stands there already has precedence."""
    for where, section, name in _sections_with_secrets(raw):
        if isinstance(section, dict):
            _read_named_file(section, where, name, sources)
    _read_credential(raw, sources)


def _sections_with_secrets(raw: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """Return (section, its content, name of its secret)."""
    players = raw.get("players") if isinstance(raw.get("players"), list) else []
    return [
        ("api", raw.get("api"), "key"),
        ("health", raw.get("health"), "ping_url"),
        ("notify", raw.get("notify"), "urls"),
        *((f"players.{n}", player, "api_key") for n, player in enumerate(players or [])),
    ]


def _read_named_file(section: dict[str, Any], where: str, name: str, sources: Sources) -> None:
    file = section.get(f"{name}_file")
    if not isinstance(file, str) or not file:
        return
    is_from_environment = sources.origins.get(f"{where}.{name}", "").startswith("$")
    if name in section and not is_from_environment:
        sources.problems.append(f"{sources.path}: [{where}] {name} and {name}_file are both set; keep one")
    # A value from the environment has precedence over the file, so the file is not read.
    elif name not in section:
        text = sources.read_secret(file, sources.label(f"{where}.{name}_file"))
        if text is not None:
            section[name] = text
        # Also if it cannot be read: the setting is written, so "missing" would be a second, wrong problem.
        sources.origins[f"{where}.{name}"] = f"file {file}"


def _read_credential(raw: dict[str, Any], sources: Sources) -> None:
    """Use systemd's credential `api_key` where no key was given."""
    api = raw.setdefault("api", {})
    # Without the variable no path may match, not even ./api_key.
    file = Path(sources.environ.get("CREDENTIALS_DIRECTORY") or "/nowhere") / "api_key"
    if isinstance(api, dict) and "key" not in api and file.exists():
        text = sources.read_secret(str(file), CREDENTIAL)
        if text is not None:
            api["key"], sources.origins["api.key"] = text, CREDENTIAL


def key_files(sources: Sources) -> list[Path]:
    """Return the files that the configuration names.

    Those that a service manager mounts are left out: it sets their permissions itself.
    """
    names = {o.removeprefix("file ") for o in sources.origins.values() if o.startswith("file ")}
    return [sources.folder / os.path.expanduser(name) for name in sorted(names)]


def setting_files(sources: Sources) -> list[Path]:
    """Return the configuration and every file that a secret was read from."""
    others = {*key_files(sources), *sources.stamps} - {sources.path}
    return ([sources.path] if sources.path else []) + sorted(others)
