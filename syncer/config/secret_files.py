"""Secrets in separate files: named by `…_file` in the configuration, or mounted by systemd."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .sources import Origins


def read_secret_file(path: Path, setting: str, problems: list[str]) -> str | None:
    """Return the file's text without the newline at its end; None and a problem if it cannot be used."""
    try:
        text = path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        problems.append(f"{setting}: the file cannot be read ({reason})")
        return None
    # Editors end a file with a newline. Any other white space may be part of the secret.
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        problems.append(f"{setting}: the file is empty")
        return None
    return text


def read_secret_files(
    raw: dict[str, Any], origins: Origins, path: Path | None, environ: Mapping[str, str], problems: list[str]
) -> None:
    """Put the secrets that files hold into the document. What stands there already has precedence."""
    for where, section, name in _sections_with_secrets(raw):
        if isinstance(section, dict):
            _read_named_file(section, where, name, origins, path, problems)
    _read_credential(raw, origins, environ, problems)


def _sections_with_secrets(raw: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """Return (section, its content, name of its secret)."""
    players = raw.get("players") if isinstance(raw.get("players"), list) else []
    return [
        ("api", raw.get("api"), "key"),
        ("health", raw.get("health"), "ping_url"),
        ("notify", raw.get("notify"), "urls"),
        *((f"players.{n}", player, "api_key") for n, player in enumerate(players or [])),
    ]


def _read_named_file(
    section: dict[str, Any], where: str, name: str, origins: Origins, path: Path | None, problems: list[str]
) -> None:
    file = section.get(f"{name}_file")
    if not isinstance(file, str) or not file:
        return
    is_from_environment = origins.get(f"{where}.{name}", "").startswith("$")
    if name in section and not is_from_environment:
        problems.append(f"{path}: [{where}] {name} and {name}_file are both set; keep one")
    # A value from the environment has precedence over the file, so the file is not read.
    elif name not in section:
        folder = path.parent if path else Path()
        setting = f"{path or ''}: [{where}] {name}_file"
        text = read_secret_file(folder / Path(file).expanduser(), setting, problems)
        if text is not None:
            section[name] = text
        # Also if it cannot be read: the setting is written, so "missing" would be a second, wrong problem.
        origins[f"{where}.{name}"] = f"file {file}"


def _read_credential(
    raw: dict[str, Any], origins: Origins, environ: Mapping[str, str], problems: list[str]
) -> None:
    """Use systemd's credential `api_key` where no key was given."""
    api = raw.setdefault("api", {})
    # Without the variable no path may match, not even ./api_key.
    file = Path(environ.get("CREDENTIALS_DIRECTORY") or "/nowhere") / "api_key"
    if isinstance(api, dict) and "key" not in api and file.is_file():
        text = read_secret_file(file, "$CREDENTIALS_DIRECTORY/api_key", problems)
        if text is not None:
            api["key"], origins["api.key"] = text, "$CREDENTIALS_DIRECTORY/api_key"


def key_files(path: Path | None, origins: Origins) -> list[Path]:
    """Return the files that the configuration names.

    Those that a service manager mounts are left out: it sets their permissions itself.
    """
    names = {origin.removeprefix("file ") for origin in origins.values() if origin.startswith("file ")}
    folder = path.parent if path else Path()
    return [folder / Path(name).expanduser() for name in sorted(names)]


def setting_files(path: Path | None, origins: Origins, environ: Mapping[str, str]) -> list[Path]:
    """Return the configuration, the files that it names, and those that the environment names."""
    variables = sorted({o.removeprefix("$") for o in origins.values() if o.endswith("_FILE")})
    from_environment = [Path(environ[name]).expanduser() for name in variables if environ.get(name)]
    return ([path] if path else []) + key_files(path, origins) + from_environment
