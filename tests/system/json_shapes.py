"""The shapes on docs/json.md, and how a document is compared with one."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
HEADING = re.compile(r"^##+ (.+?)\n(.*?)(?=^##|\Z)", re.M | re.S)
FENCE = re.compile(r"^```jsonc\n(.*?)^```", re.M | re.S)
COMMENT = re.compile(r"\s+// .*$", re.M)

WRONG_ROWS = (  # SQL: what `db check` finds
    "UPDATE snapshots SET is_open = 0, closed_at = last_seen_at",
    "CREATE VIEW mine AS SELECT title FROM games",
)
NEVER_POLLED = (  # SQL: a game that is followed and was never polled
    "DELETE FROM snapshots",
    "DELETE FROM account_polls",
    """INSERT OR IGNORE INTO targets (player_id, game_id, source, added_at, failures)
    SELECT p.id, (SELECT min(g.id) FROM games g), 'config', p.added_at, 0 FROM players p""",
)

REVISED: tuple[
    str, ...
] = (  # SQL: a play session, and sets that were revised after something in them had been unlocked
    """INSERT INTO play_sessions
        (player_id, game_id, started_after, started_before, ended_at, is_open, after_gap)
    SELECT 1, 1, last_seen_at, last_seen_at, last_seen_at, 0, 0 FROM account_polls ORDER BY id LIMIT 1""",
    """UPDATE snapshots
    SET num_possible_achievements_delta = 1, num_achieved_delta = 0, num_achieved_hardcore_delta = 0
    WHERE num_achieved > 0""",
    "UPDATE games SET title = 'One', console_name = 'NES'",
)
NAMELESS: tuple[str, ...] = ("UPDATE games SET title = NULL, console_name = NULL",)

COMPARED = """
    INSERT INTO consistency_checks
        (player_id, subject, first_checked_at, last_checked_at, check_count, matches,
         site_hardcore, site_softcore, ours_hardcore, ours_softcore, residual_hardcore, residual_softcore)
    VALUES (1, 'snapshots', '2020-01-01 00:00:00.000', '2020-01-01 00:00:00.000', 1, {}, 9, 3, {}, 3, {}, {})
"""
SEARCHED = """
    INSERT INTO player_jobs (player_id, kind, last_at, pending)
    VALUES (1, 'search', '2020-01-01 00:00:00.000', 0)
"""


def documented_shapes() -> dict[str, str]:
    """Return the text of each shape, with its comments, by the command in the heading above it."""
    found = {name: FENCE.search(text) for name, text in HEADING.findall(PAGE)}
    return {name: fence[1] for name, fence in found.items() if fence}


def shape_of(command: str) -> Any:
    return json.loads(COMMENT.sub("", documented_shapes()[command]))


def is_time(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo == UTC
    except ValueError:
        return False


TYPES = {
    "text": lambda value: isinstance(value, str) and value != "" and not is_time(value),
    "empty": lambda value: value == "",
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
    "list": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
    "time": is_time,
}


def differences(value: Any, shape: Any, path: str, seen: set[str]) -> Iterator[str]:
    """Yield each difference between a value and a shape. Adds `path: type` to `seen` for what matched."""
    if isinstance(shape, str):
        matching = [t for t in shape.split(" | ") if (TYPES[t](value) if t in TYPES else value == t)]
        seen.update(f"{path}: {word}" for word in matching)
        if not matching:
            yield f"{path} is {value!r}, not {shape}"
    elif isinstance(shape, list):
        seen.update([f"{path}[]"] if value else [])
        for item in value:
            yield from differences(item, shape[0], f"{path}[]", seen)
    elif isinstance(value, dict):
        yield from _object_differences(value, shape, path, seen)
    else:
        yield f"{path} is {value!r}, not an object"


def _object_differences(value: Any, shape: Any, path: str, seen: set[str]) -> Iterator[str]:
    if placeholders := [name for name in shape if name.startswith("<")]:
        (placeholder,) = placeholders
        wrong = [key for key in value if placeholder == "<game id>" and not key.isdigit()]
        yield from (f"{path}: {key} is no {placeholder}" for key in wrong)
        for inner in value.values():
            yield from differences(inner, shape[placeholder], f"{path}.{placeholder}", seen)
        return
    yield from (f"{path}.{name} is not documented" for name in value.keys() - shape.keys())
    yield from (f"{path}.{name} is missing" for name in shape.keys() - value.keys())
    for name in value.keys() & shape.keys():
        yield from differences(value[name], shape[name], f"{path}.{name}", seen)


def everything_in(shape: Any, path: str) -> Iterator[str]:
    """Yield what a complete comparison adds to `seen`: each type but no constant, each list with items."""
    if isinstance(shape, str):
        yield from (f"{path}: {word}" for word in shape.split(" | ") if word in TYPES)
    elif isinstance(shape, list):
        yield f"{path}[]"
        yield from everything_in(shape[0], f"{path}[]")
    else:
        for name, inner in shape.items():
            yield from everything_in(inner, f"{path}.{name}")
