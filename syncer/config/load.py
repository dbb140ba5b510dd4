"""Load a configuration, or raise one error with every problem in it."""

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syncer.core.errors import ConfigError

from .build import build_config
from .environment import apply_environment
from .invalid import describe_invalid
from .key_form import find_cut_keys
from .schema import SECTIONS, Document
from .secret_files import read_secret_files
from .settings import Config
from .sources import (
    Origins,
    Sources,
    differ_only_in_secrets,
    find_config_file,
    parse_toml,
    read_file,
    require_any,
)

ExtraCheck = Callable[[Config], list[str]]


def load(
    explicit: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    extra_check: ExtraCheck | None = None,
    *,
    sends: bool = True,
) -> Config:
    """Return the configuration. Raises ConfigError with every problem.

    `extra_check` finds the problems that need a library too slow to import for every command. `sends`: the
    command sends requests; one that only reads a database needs neither players nor a key.
    """
    sources = Sources(find_config_file(explicit, environ), environ, sends=sends)
    read_file(sources)
    return _build(sources, extra_check)


def reread_secrets(config: Config, extra_check: ExtraCheck | None = None) -> Config:
    """Return the configuration with its secrets as their files are now. Raises ConfigError.

    All other settings stay, also where the configuration file was changed: it may be half-edited.
    """
    before = config.sources
    sources = Sources(before.path, before.environ)
    read_file(sources)
    if sources.problems or not differ_only_in_secrets(sources.text, before.text):
        sources.text, sources.problems = before.text, []
    fresh = _build(sources, extra_check)
    sources.problems += find_cut_keys(fresh, config)
    _raise_problems(sources)
    return fresh


def load_text(text: str, path: Path, environ: Mapping[str, str]) -> Config:
    """Return what `load` would return if the file held this text. Raises ConfigError."""
    return _build(Sources(path, environ, text))


def _build(sources: Sources, extra_check: ExtraCheck | None = None) -> Config:
    raw = {} if sources.problems else parse_toml(sources)
    # Of a file that cannot be read, nothing else can be checked: every setting would seem to be missing.
    _raise_problems(sources)
    apply_environment(raw, sources)
    read_secret_files(raw, sources)
    # After it: the origin of a secret is shown with the path as it was written.
    sources.resolve_paths(raw)
    require_any(sources)
    document = _validate(raw, sources.origins, sources.problems)
    config = build_config(document, sources)
    sources.problems += extra_check(config) if extra_check else []
    _raise_problems(sources)
    return config


def _raise_problems(sources: Sources) -> None:
    """Raise ConfigError if there is a problem."""
    problems = sources.problems
    if problems:
        name = sources.path or "the configuration"
        raise ConfigError(f"{name} has {len(problems)} problem{'s' * (len(problems) > 1)}", problems)


def _validate(raw: dict[str, Any], origins: Origins, problems: list[str]) -> Document:
    """Return the valid part of the document and add a problem for each other setting.

    Wrong settings are removed, so that the checks that follow can find more problems in one call.
    """
    try:
        return Document.model_validate(raw)
    except ValidationError as found:
        # Without the input, which may be a key.
        errors = found.errors(include_input=False, include_url=False)
    problems += [_describe(error, origins) for error in errors]
    for error in errors:
        _remove(raw, error["loc"])
    # What is still invalid without its wrong parts is replaced by the defaults.
    try:
        return Document.model_validate(raw)
    except ValidationError:
        return Document()


def _remove(raw: Any, location: Sequence[Any]) -> None:
    """Remove the deepest part of the document on the path to an error."""
    for step in location[:-1]:
        inner = raw.get(step) if isinstance(raw, dict) else raw[step]
        if not isinstance(inner, (dict, list)):
            location = [step]
            break
        raw = inner
    if isinstance(raw, dict):
        raw.pop(location[-1], None)
    # Emptied, not removed: the players after it must keep their numbers.
    elif isinstance(raw, list) and isinstance(location[-1], int):
        raw[location[-1]] = {}


def _describe(error: Any, origins: Origins) -> str:
    """Return what is wrong and where: file and section, or the variable of the environment."""
    *path, last = [str(step) for step in error["loc"]]
    dotted = ".".join([*path, last])
    origin = origins.get(dotted) or next((o for d, o in origins.items() if d.startswith(dotted)), "")
    where = origin if origin.startswith("$") else f"{origin}: {_place(path, last)}".removeprefix(": ")
    if error["type"] != "extra_forbidden":
        return f"{where}: {describe_invalid(error)}"
    near = difflib.get_close_matches(last, _known_settings(path), 1)
    name = f" {last}" if origin.startswith("$") else ""
    return f"{where}:{name} is not a setting{f'; did you mean {near[0]}?' if near else ''}"


def _place(path: list[str], last: str) -> str:
    """Return the setting as the file names it: [api] key, or [[players]] number 2 games."""
    if path[:1] == ["players"]:
        number, *names = [*path[1:], last]
        return " ".join([f"[[players]] number {int(number) + 1}", *names[-1:]])
    return f"[{'.'.join(path)}] {last}" if path else last


def _known_settings(path: list[str]) -> list[str]:
    model = SECTIONS.get(path[0], Document) if path else Document
    return list(model.model_fields)
