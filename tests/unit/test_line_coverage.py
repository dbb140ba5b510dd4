"""Coverage counts the lines that a test has run, and no others."""

import os
import subprocess
import sys
from pathlib import Path

from coverage import Coverage

HOME = Path(__file__).parents[2]
PROGRAM = HOME / "syncer" / "core" / "formats" / "php.py"
ONE_TEST = """
from threading import Thread
from syncer.core.formats import php

def test_it():
    thread = Thread(target=php.integer, args=["x"])
    thread.start()
    thread.join()
"""


def test_the_lines_that_a_test_runs_are_measured_in_threads_too(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(ONE_TEST)
    command = [sys.executable, "-m", "pytest", "-p", "tests.line_coverage", "-p", "no:cacheprovider", "-n1"]
    environ = {"PYTHONPATH": os.pathsep.join([str(HOME), *sys.path])}  # nothing that says "a worker of xdist"
    done = subprocess.run([*command, tmp_path], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    report = Coverage(str(tmp_path / ".coverage"), config_file=False, messages=False)
    report.combine([str(tmp_path)])
    missing = set(report.analysis2(str(PROGRAM))[3])
    lines = PROGRAM.read_text("utf-8").splitlines()
    beginning = lines.index("def integer(text: str) -> int | None:") + 1
    body = range(beginning, lines.index("def cast(text: str) -> int:"))
    assert [lines[number - 1].strip() for number in body if number in missing] == [
        "number = float(text)",
        "if abs(number) >= 2**63:",
        "return LARGEST if number > 0 else -LARGEST - 1",
        "return int(Decimal(text))",
    ]
    assert str(HOME / "syncer" / "__main__.py") in report.get_data().measured_files()
