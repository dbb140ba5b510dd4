"""Which lines of the program the tests run, for the reports of coverage.py: `pytest -p tests.line_coverage`.

slipcover measures them by a probe in each line. coverage.py has a tracer, which Python 3.11 calls for each
line of all libraries, too: with it a test takes more than twice the time.
"""

import sys
from pathlib import Path

from coverage import CoverageData
from slipcover import FileMatcher, ImportManager, Slipcover

PROGRAM = Path(__file__).parents[1] / "syncer"
FOLDER = Path.cwd()  # a test may change it
NEVER = 2**31 - 1  # probes stay: slipcover looks for those to remove in the frames of threads that run

assert "syncer" not in sys.modules, "what is imported already would not be measured"
MEASURED = Slipcover(d_miss_threshold=NEVER, exclude_lines=[])
ImportManager(MEASURED, FileMatcher([PROGRAM])).__enter__()


def pytest_unconfigure() -> None:
    """Write the lines that this process has run; each worker of xdist is one."""
    files = MEASURED.get_coverage()["files"]
    data = CoverageData(str(FOLDER / ".coverage"), suffix=True)
    data.add_lines({str(FOLDER / name): found["executed_lines"] for name, found in files.items()})
    data.touch_files([str(path) for path in PROGRAM.rglob("*.py")])  # what no test imports counts, too
    data.write()
