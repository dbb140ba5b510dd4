"""Who may import whom (design: one library per folder, a pure middle, one door of time)."""

import ast
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "syncer"
MAY_IMPORT = {
    "core": {"core"},
    "config": {"core"},
    "api": {"core", ""},
    "store": {"core"},
    "telemetry": {"core"},
    "demo": {"core"},
    "app": {"core", "config", "api", "store", "telemetry"},
    "run": {"core", "app", "store"},
}
AT_HOME = {  # a library and the only folders that import it
    "requests": {"api"},
    "urllib3": {"api"},
    "tenacity": {"api"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "apscheduler": {"run"},
    "filelock": {"run"},
    "click": {"cli"},
    "rich": {"cli"},
    "pydantic": {"config"},
}
DOORS_OF_TIME = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("time", "time"),
    ("time", "monotonic"),
    ("time", "sleep"),
}


def place(file: Path, source: Path) -> str:
    return file.relative_to(source).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> list[tuple[int, str]]:
    """(dots, module) of every import."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or ""))
    return found


def trespasses(source: Path) -> list[str]:
    found = []
    for file in sorted(source.rglob("*.py")):
        if "_data" in file.parts:
            continue
        here, tree = place(file, source), ast.parse(file.read_text("utf-8"))
        for dots, module in imported(tree):
            root, _, rest = module.partition(".")
            if dots > 1:
                found.append(f"{file.name}: a relative import leaves its folder")
            if dots:
                continue
            if root == "syncer" and here in MAY_IMPORT and rest.partition(".")[0] not in MAY_IMPORT[here]:
                found.append(f"{file.name}: {here} may not import {module}")
            if root in AT_HOME and here not in AT_HOME[root]:
                found.append(f"{file.name}: {root} is not at home in {here}")
            if here == "core" and root != "syncer" and root not in sys.stdlib_module_names:
                found.append(f"{file.name}: the core imports {root}")
        found += [
            f"{file.name}: reads the clock"
            for door in doors(tree)
            if (here, file.name) != ("core", "clock.py")
        ]
    return found


def doors(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in DOORS_OF_TIME:
                found.append(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [alias.name for alias in node.names if ("time", alias.name) in DOORS_OF_TIME]
    return found


def test_nobody_trespasses() -> None:
    assert trespasses(SOURCE) == []


def test_a_planted_trespass_is_found(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "bad.py").write_text(
        "import requests\nfrom syncer.api import x\nfrom time import sleep\n"
    )
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "bad.py").write_text("from ..core import x\nimport datetime\ndatetime.now()\n")
    found = trespasses(tmp_path)
    assert len(found) == 6


def test_migrations_import_nothing_of_ours() -> None:
    for file in (SOURCE.parent / "migrations").rglob("*.py"):
        roots = {module.partition(".")[0] for _, module in imported(ast.parse(file.read_text("utf-8")))}
        assert roots <= {"sqlalchemy", "alembic", "os"}, file
