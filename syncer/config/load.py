"""TOML and the environment become one frozen Config, or every problem at once."""

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syncer.core.errors import ConfigError

from .build import build_config
from .schema import (
    ApiSection,
    DatabaseSection,
    Document,
    HealthSection,
    LogSection,
    MetricsSection,
    NotifySection,
    PlayerSection,
    ScheduleSection,
    WebSection,
)
from .settings import Config
from .sources import Origins, apply_environment, find, from_file, from_text, read_key_files

More = Callable[[Config], list[str]]


def load(
    explicit: Path | None = None, environ: Mapping[str, str] = os.environ, more: More | None = None
) -> Config:
    """Raises ConfigError with every problem; `more`: those that only a slow library would see."""
    path = find(explicit, environ)
    problems: list[str] = []
    raw, origins = from_file(path, problems)
    return _checked(raw, origins, path, environ, problems, more)


def load_text(text: str, path: Path, environ: Mapping[str, str]) -> Config:
    """What `load` would say if this text stood in that file. Raises ConfigError with every problem."""
    problems: list[str] = []
    raw, origins = from_text(text, path, problems)
    return _checked(raw, origins, path, environ, problems)


def _checked(
    raw: dict[str, Any],
    origins: Origins,
    path: Path | None,
    environ: Mapping[str, str],
    problems: list[str],
    more: More | None = None,
) -> Config:
    _refuse(path, problems)  # a file that cannot be read says nothing about what is missing in it
    apply_environment(raw, origins, environ, problems)
    read_key_files(raw, origins, path, environ, problems)
    document = _validated(raw, origins, problems)
    config = build_config(document, origins, path, environ, problems)
    problems += more(config) if more else []
    _refuse(path, problems)
    return config


def _refuse(path: Path | None, problems: Sequence[str]) -> None:
    """Raises ConfigError where there is a problem."""
    if problems:
        name = path or "the configuration"
        raise ConfigError(f"{name} has {len(problems)} problem{'s' * (len(problems) > 1)}", problems)


def _validated(raw: dict[str, Any], origins: Origins, problems: list[str]) -> Document:
    """What is right in it; what is not is a problem, and set aside so that the rest is checked as well."""
    try:
        return Document.model_validate(raw)
    except ValidationError as found:
        errors = found.errors(include_input=False, include_url=False)
    problems += [_sentence(error, origins) for error in errors]
    for error in errors:
        _set_aside(raw, error["loc"])
    try:
        return Document.model_validate(raw)
    except ValidationError:
        return Document()


def _set_aside(raw: Any, way: Sequence[Any]) -> None:
    """Remove the deepest part of the document that lies on the way to the error."""
    for step in way[:-1]:
        inner = raw.get(step) if isinstance(raw, dict) else raw[step]
        if not isinstance(inner, (dict, list)):
            way = [step]
            break
        raw = inner
    if isinstance(raw, dict):
        raw.pop(way[-1], None)
    elif isinstance(raw, list) and isinstance(way[-1], int):
        raw[way[-1]] = {}


def _sentence(error: Any, origins: Origins) -> str:
    """What is wrong, and where: the file and section, or the environment's variable."""
    *way, last = [str(step) for step in error["loc"]]
    dotted = ".".join([*way, last])
    origin = origins.get(dotted) or next((o for d, o in origins.items() if d.startswith(dotted)), "")
    where = origin if origin.startswith("$") else f"{origin}: {_section(way)}{last}".removeprefix(": ")
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg'].removeprefix('Value error, ')}"
    near = difflib.get_close_matches(last, _settings(way), 1)
    name = f" {last}" if origin.startswith("$") else ""
    return f"{where}:{name} is not a setting{f'; did you mean {near[0]}?' if near else ''}"


def _section(way: list[str]) -> str:
    """As it stands in the file: [api], or [[players]] number 2."""
    if way[:1] == ["players"]:
        return f"[[players]] number {int(way[1]) + 1} "
    return f"[{'.'.join(way)}] " if way else ""


def _settings(way: list[str]) -> list[str]:
    model: Any = Document
    sections = {"database": DatabaseSection, "api": ApiSection, "schedule": ScheduleSection}
    sections |= {"players": PlayerSection, "log": LogSection}
    sections |= {"web": WebSection, "notify": NotifySection}
    sections |= {"metrics": MetricsSection, "health": HealthSection}
    if way:
        model = sections.get(way[0], Document)
    return list(model.model_fields)
