"""The table of faults: what happens under each, and the tests that prove it (table.toml)."""

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOME = Path(__file__).parents[2]
# How many faults each group has: their ids are the letter and a number from 01 on.
GROUPS = {
    "N": ("Network", 18),
    "A": ("Answers of the site", 17),
    "D": ("Database", 19),
    "P": ("Process", 10),
    "C": ("Clock", 5),
    "K": ("Configuration", 5),
    "M": ("Upgrade of the schema", 7),
    "Q": ("Cluster", 4),
    "S": ("Security", 14),
}


@dataclass(frozen=True, slots=True)
class ProvenFault:
    """A fault, and what happens under it. `untested`: why no test injects it."""

    id: str
    fault: str
    behaviour: str
    tests: tuple[str, ...] = ()
    untested: str = ""


@cache
def document() -> dict[str, dict[str, object]]:
    return tomllib.loads((HOME / "tests/faults/table.toml").read_text("utf-8"))


def table() -> list[ProvenFault]:
    """Return all faults in the order of the file."""
    rows = {id: row for id, row in document().items() if id != "shared"}
    return [
        ProvenFault(id, **{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()})  # type: ignore[arg-type]
        for id, row in rows.items()
    ]


def shared() -> dict[str, str]:
    """Return the tests that several faults name, with the reason."""
    return {node: str(why) for node, why in document().get("shared", {}).items()}


def parts(node: str) -> tuple[str, str, str]:
    """Return the file, the function and the row of a test."""
    file, _, rest = node.partition("::")
    function, _, row = rest.partition("[")
    return file, function, row.removesuffix("]")


@cache
def functions_in(file: str) -> frozenset[str]:
    tree = ast.parse((HOME / file).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def problem_of(node: str) -> str:
    """Return why there is no such test, as pytest would collect it; empty if there is one."""
    file, function, row = parts(node)
    if not (HOME / file).is_file() or not Path(file).name.startswith("test_"):
        return f"{file} is no file of tests"
    if not function.startswith("test_") or function not in functions_in(file):
        return f"{file} has no {function}"
    if row and f'"{row}"' not in text_beside(file):
        return f"{file} has no row {row}"
    return ""


@cache
def text_beside(file: str) -> str:
    """Return the file and those of harnesses in its folder, where rows may be named."""
    path = HOME / file
    harnesses = [other for other in path.parent.glob("*.py") if not other.name.startswith("test_")]
    return "\n".join(other.read_text("utf-8") for other in (path, *harnesses))
