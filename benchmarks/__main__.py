"""./run bench [PART …] [--json FILE]: measure, and say what was reached."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from . import history, pages, processes, recording, runs, sql_recipes
from .measure import Result, machine, table

PARTS: dict[str, Callable[[Path], Iterator[Result]]] = {
    "runs": runs.measured,
    "recording": recording.measured,
    "history": history.measured,
    "queries": sql_recipes.measured,
    "pages": pages.measured,
    "processes": processes.measured,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; none: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as one document, too")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    results = [result for part in asked.parts or PARTS for result in run(part)]
    print(" · ".join(f"{name} {value}" for name, value in machine().items()) + "\n\n" + table(results))
    if asked.json:
        document = {"machine": machine(), "results": [result.facts() for result in results]}
        asked.json.write_text(json.dumps(document, indent=2) + "\n")


def run(part: str) -> Iterator[Result]:
    """In a folder of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield from PARTS[part](Path(folder))


main()
