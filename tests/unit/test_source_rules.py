"""Rules of the source code that no linter states: who reads the clock, which library has which folder."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HOME = Path(__file__).parents[2]
SOURCE = HOME / "syncer"
LINTER: dict[str, Any] = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
READS_TIME = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
}
VIOLATIONS = {  # contract: a module that breaks it, and what it imports
    "A package imports only those below it, none beside it": ("api/bad_neighbour.py", "syncer.store"),
    "No circles, between packages or inside them": ("core/clock.py", "syncer.core.sync.run"),
    "The core imports the standard library only": ("core/bad_library.py", "rich"),
    "Reads of the database use no writer": ("store/read/bad_write.py", "syncer.store.write"),
    "The pages only read the database": ("web/bad_write.py", "syncer.store.write"),
    "The daemon gets what app.py has built": ("run/bad_config.py", "syncer.config"),
    "The checks of doctor neither notify nor count": ("doctor/bad_notify.py", "syncer.notify"),
    "The simulated site is used by commands only": ("run/bad_demo.py", "syncer.demo"),
    "HTTP requests belong to api": ("store/bad_request.py", "requests.adapters"),
    "SQL belongs to store": ("cli/bad_sql.py", "sqlalchemy"),
    "The web server belongs to web": ("run/bad_server.py", "uvicorn"),
    "The terminal belongs to cli": ("doctor/bad_print.py", "click"),
    "Parquet belongs to the output of cli": ("web/bad_parquet.py", "pyarrow"),
    "Schedules and locks belong to run": ("store/bad_lock.py", "filelock"),
    "The job queue belongs to run": ("store/bad_queue.py", "procrastinate"),
    "Metrics belong to telemetry": ("web/bad_metric.py", "prometheus_client"),
    "Message services belong to notify": ("run/bad_service.py", "apprise"),
    "Settings belong to config": ("api/bad_settings.py", "pydantic"),
}


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (dots, module) of every import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


def time_reads(tree: ast.AST) -> list[str]:
    """Return the calls that read a clock or sleep, under whatever name they were imported."""
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    original = {alias.asname: alias.name for node in imports for alias in node.names if alias.asname}
    found = []
    for node in nodes:
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rpartition(".")[2]  # of datetime.datetime.now(), too
            if node.attr in READS_TIME.get(original.get(owner, owner), ()):
                found.append(node.attr)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [alias.name for alias in node.names if alias.name in READS_TIME["time"]]
    return found


def trees(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted(folder.rglob("*.py")):
        yield file.relative_to(folder), ast.parse(file.read_text("utf-8"))


def test_only_the_clock_module_reads_time() -> None:
    assert [file for file, tree in trees(SOURCE) if time_reads(tree)] == [Path("core/clock.py")]


@pytest.mark.parametrize(
    "code",
    [
        "from time import sleep",
        "import time as t\nt.monotonic()",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import datetime as dt\ndt.utcnow()",
        "from datetime import date\ndate.today()",
    ],
)
def test_a_clock_read_is_found_under_any_name(code: str) -> None:
    assert time_reads(ast.parse(code))


def test_relative_imports_stay_in_their_folder() -> None:
    assert [file for file, tree in trees(SOURCE) if any(dots > 1 for dots, _ in imported(tree))] == []


def test_migrations_import_nothing_of_syncer() -> None:
    for file, tree in trees(HOME / "migrations"):
        roots = {module.partition(".")[0] for _, module in imported(tree)}
        assert roots - sys.stdlib_module_names <= {"sqlalchemy", "alembic"}, file


def test_every_library_belongs_to_one_folder() -> None:
    protected = [library for contract in LINTER["contracts"] for library in libraries(contract)]
    roots = {
        module.partition(".")[0] for _, tree in trees(SOURCE) for dots, module in imported(tree) if not dots
    }
    assert set(protected) == roots - sys.stdlib_module_names - {"syncer"}
    assert len(set(protected)) == len(protected)
    (core,) = (c for c in LINTER["contracts"] if c.get("source_modules") == ["syncer.core"])
    assert set(core["forbidden_modules"]) == set(protected)


def libraries(contract: dict[str, Any]) -> list[str]:
    """Return the libraries that a contract allows in one package only."""
    return [name for name in contract.get("protected_modules", ()) if not name.startswith("syncer.")]


def test_each_contract_is_broken_by_a_violation(tmp_path: Path) -> None:
    assert VIOLATIONS.keys() == {contract["name"] for contract in LINTER["contracts"]}
    shutil.copy(HOME / "pyproject.toml", tmp_path)
    shutil.copytree(SOURCE, tmp_path / "syncer", ignore=shutil.ignore_patterns("__pycache__", "static"))
    for name, module in VIOLATIONS.values():
        file = tmp_path / "syncer" / name
        text = file.read_text("utf-8") if file.exists() else ""
        file.write_text(f"{text}\nimport {module}\n", "utf-8")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert set(re.findall(r"^(.*) BROKEN$", done.stdout, re.M)) == VIOLATIONS.keys(), done.stdout
