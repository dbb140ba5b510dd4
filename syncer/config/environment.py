"""Settings from the environment: SYNCER_<SECTION>__<KEY>, and …_FILE for secrets."""

from typing import Any

from .sources import Sources, is_secret
from .text import unwrap


def apply_environment(raw: dict[str, Any], sources: Sources) -> None:
    """Put the variables into the document. They have precedence over the file."""
    # A variable without two underscores is left alone: container runtimes inject such names.
    names = (name for name in sources.environ if name.startswith("SYNCER_") and "__" in name)
    for name in sorted(names, key=_by_number):
        dotted, value = _read_variable(name, sources)
        if value is not None:
            _set_value(raw, dotted, value, f"${name}", sources.problems)
            sources.origins[dotted] = f"${name}"


def _by_number(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts the tenth player after the ninth, not after the first."""
    return [(int(part) if part.isdecimal() else -1, part) for part in name.split("__")]


def _read_variable(name: str, sources: Sources) -> tuple[str, str | None]:
    """Return the setting that a variable names and its value."""
    dotted = name.removeprefix("SYNCER_").lower().replace("__", ".")
    secret = dotted.removesuffix("_file")
    if not (dotted.endswith("_file") and is_secret(secret)):
        # An --env-file of Docker keeps the quotes.
        return dotted, unwrap(sources.environ[name])
    other = name.removesuffix("_FILE")
    # Not decided by precedence, which would hide that an old secret is still set.
    if other in sources.environ:
        sources.problems.append(f"${name}: ${other} is set as well; keep one")
    return secret, sources.read_secret(unwrap(sources.environ[name]), f"${name}")


def _set_value(raw: dict[str, Any], dotted: str, value: str, variable: str, problems: list[str]) -> None:
    """Set one value where TOML would have it. `true` and `false` become booleans."""
    *path, last = dotted.split(".")
    place: Any = raw
    for step in path:
        if isinstance(place, list):
            index = int(step) if step.isdigit() else -1
            if not 0 <= index <= len(place):
                problems.append(f"{variable}: players are numbered 0, 1, 2 …")
                return
            if index == len(place):
                place.append({})
            place = place[index]
        elif isinstance(place, dict):
            place = place.setdefault(step, [] if step == "players" else {})
    if isinstance(place, dict):
        # All else stays a text: the readers of the settings take numbers and lists as text, too.
        place[last] = {"true": True, "false": False}.get(value.lower(), value)
    else:
        problems.append(f"{variable} is not a setting")
