"""./run bench [PART …] [--json FILE]: measure, and compare each result with its goal."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from . import as_of, growth, history, pages, processes, recording, runs, sql_recipes
from .measure import Result, machine, table

PARTS: dict[str, Callable[[Path], Iterator[Result]]] = {
    "runs": runs.benchmark,
    "recording": recording.benchmark,
    "history": history.benchmark,
    "growth": growth.benchmark,
    "queries": sql_recipes.benchmark,
    "as_of": as_of.benchmark,
    "pages": pages.benchmark,
    "processes": processes.benchmark,
}


def main() -> None:
    """Run the requested parts and print their results."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results as one document")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    results = [result for part in options.parts or PARTS for result in run(part)]
    print(" · ".join(f"{name} {value}" for name, value in machine().items()) + "\n\n" + table(results))
    if options.json:
        document = {"machine": machine(), "results": [result.as_dict() for result in results]}
        options.json.write_text(json.dumps(document, indent=2) + "\n")


def run(part: str) -> Iterator[Result]:
    """Yield the results of one part, measured in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield from PARTS[part](Path(folder))


main()
