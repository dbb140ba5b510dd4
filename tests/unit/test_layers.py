"""Who may import whom (design: one library per folder, a pure middle, one door of time)."""

import ast
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "syncer"
MAY_IMPORT = {
    "core": {"core"},
    "config": {"core"},
    "api": {"core", "__version__"},
    "store": {"core"},
    "telemetry": {"core", "__version__"},
    "notify": {"core"},
    "demo": {"core", "demo"},  # its endpoints are a folder of their own
    "app": {"core", "config", "api", "store", "telemetry", "notify"},
    "run": {"core", "app", "store"},
    "doctor": {"core", "config", "app", "store"},
    "web": {"core", "store", "telemetry"},
}
FREE = {"cli", "__init__", "__main__"}  # may import everything of ours
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
    "starlette": {"web"},
    "uvicorn": {"web"},
    "jinja2": {"web"},
    "prometheus_client": {"telemetry"},
    "apprise": {"notify"},
}
DOORS_OF_TIME = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
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
            names = [alias.name for alias in node.names] if node.module == "syncer" else []
            found += [(node.level, f"syncer.{name}") for name in names] or [(node.level, node.module or "")]
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
            if root == "syncer" and here not in FREE and rest.partition(".")[0] not in MAY_IMPORT[here]:
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
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    meant = {alias.asname: alias.name for node in imports for alias in node.names if alias.asname}
    found = []
    for node in nodes:
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rpartition(".")[2]  # datetime.datetime.now() too
            if node.attr in DOORS_OF_TIME.get(meant.get(owner, owner), ()):
                found.append(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [alias.name for alias in node.names if alias.name in DOORS_OF_TIME["time"]]
    return found


def test_nobody_trespasses() -> None:
    assert trespasses(SOURCE) == []


def test_every_place_has_its_walls() -> None:
    assert {place(file, SOURCE) for file in SOURCE.rglob("*.py")} - {"_data"} == FREE | MAY_IMPORT.keys()


def test_lawful_imports_are_no_trespass(tmp_path: Path) -> None:
    plant(
        tmp_path, "api", "from syncer import __version__\nfrom syncer.core import model\nfrom .x import y\n"
    )
    plant(tmp_path, "core", "import time\ntime.monotonic()\n", "clock.py")
    assert trespasses(tmp_path) == []


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("core", "import os\nimport attrs"),  # a library in the core
        ("core", "from syncer.api import client"),  # the core looks outside
        ("api", "from syncer import store"),  # a wall crossed by the package's own name
        ("store", "import syncer.api.client"),
        ("api", "from ..core import model"),  # crosses a wall by a relative import
        ("store", "import requests.adapters"),  # a library away from home
        ("cli", "from sqlalchemy import select"),
        ("core", "from time import sleep"),
        ("api", "import time as t\nt.monotonic()"),
        ("store", "import datetime\ndatetime.datetime.now()"),
        ("run", "from datetime import datetime as dt\ndt.utcnow()"),
        ("demo", "from datetime import date\ndate.today()"),
    ],
)
def test_a_planted_trespass_is_found(tmp_path: Path, folder: str, code: str) -> None:
    plant(tmp_path, folder, code)
    assert trespasses(tmp_path)


def plant(source: Path, folder: str, code: str, name: str = "planted.py") -> None:
    (source / folder).mkdir()
    (source / folder / name).write_text(code)


def test_migrations_import_nothing_of_ours() -> None:
    for file in (SOURCE.parent / "migrations").rglob("*.py"):
        roots = {module.partition(".")[0] for _, module in imported(ast.parse(file.read_text("utf-8")))}
        assert roots <= {"sqlalchemy", "alembic", *sys.stdlib_module_names}, file
