"""./run bench [PART …] [--json FILE]: measure, and compare each result with its goal."""

import argparse
import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import as_of, growth, history, pages, peers, processes, queue_engine, recording, runs, sql_recipes
from .measure import HEADERS, Result, line, machine

PARTS: dict[str, Callable[[Path], Iterator[Result]]] = {
    "runs": runs.benchmark,
    "recording": recording.benchmark,
    "peers": peers.benchmark,
    "history": history.benchmark,
    "growth": growth.benchmark,
    "queries": sql_recipes.benchmark,
    "as_of": as_of.benchmark,
    "pages": pages.benchmark,
    "processes": processes.benchmark,
    "queue": queue_engine.benchmark,
}


def main() -> None:
    """Run the requested parts, and print each result as it is made. Exits 1 if a part failed."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results as one document")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    document: dict[str, Any] = {"machine": machine(), "results": [], "failed": {}}
    print(" · ".join(f"{name} {value}" for name, value in machine().items()) + "\n\n" + line(HEADERS))
    for part in options.parts or PARTS:
        run(part, document, options.json)
    sys.exit(1 if document["failed"] else 0)


def run(part: str, document: dict[str, Any], file: Path | None) -> None:
    """Measure one part in a temporary folder; what a later part loses does not touch the results so far."""
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            for result in PARTS[part](Path(folder)):
                print(line(result.cells()), flush=True)
                document["results"].append({"part": part, **result.as_dict()})
                write(document, file)
    except Exception as error:
        traceback.print_exc()
        print(f"{part} failed: {error!r}", flush=True)
        document["failed"][part] = type(error).__name__  # its text may hold a path
        write(document, file)


def write(document: dict[str, Any], file: Path | None) -> None:
    """Write what was measured so far; a reader never sees half a document."""
    if file:
        draft = file.with_name(file.name + ".part")
        draft.write_text(json.dumps(document, indent=2) + "\n")
        draft.replace(file)


if __name__ == "__main__":
    main()
