"""Many players on one PostgreSQL, with a planner and workers: are all promises kept, and is nothing lost?

    python -m benchmarks.cluster --players 1000 --games 500 --minutes 60 --every 15m
    python -m benchmarks.cluster --players 40 --games 20 --minutes 10 --every 20s --kills 50 --messages
    python -m benchmarks.cluster --workers 0 …      # one daemon, for comparison

The real program against a simulated site whose answers are known. Ends by itself; exits 1 if a rule is
broken.
"""

import argparse
import sys
import tempfile
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

from benchmarks.measure import machine
from tests.postgres import Server

from .experiment import run
from .options import Options

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
DURATIONS = ("calm", "every", "gap-after", "dead-after", "clock-spread", "latency")
NUMBERS = ("changes", "faults")
COUNTS = (
    *("players", "games", "workers", "concurrency", "kills", "restarts", "cuts", "seed"),
    *("requests-per-minute", "burst"),
)


def main() -> None:
    """Run one experiment, and print its findings."""
    arguments = parse()
    keep: Path | None = arguments.pop("keep")
    options = Options(**arguments)
    print(" · ".join(f"{name} {value}" for name, value in machine().items()), flush=True)
    print(" · ".join(f"{one.name} {getattr(options, one.name)}" for one in fields(options)), flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="cluster-") as folder,
        closing(Server(max_connections=400, autovacuum=True)) as server,
    ):
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        report = run(options, server, keep or Path(folder))
    print(report)
    sys.exit(0 if report.is_good else 1)


def parse() -> dict[str, Any]:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name in COUNTS:
        parser.add_argument(f"--{name}", type=int, default=argparse.SUPPRESS)
    for name in NUMBERS:
        parser.add_argument(f"--{name}", type=float, default=argparse.SUPPRESS)
    for name in DURATIONS:
        parser.add_argument(f"--{name}", type=seconds, default=argparse.SUPPRESS, metavar="15m")
    for name in ("unlocks", "messages"):
        parser.add_argument(f"--{name}", action="store_true", default=argparse.SUPPRESS)
    parser.add_argument("--minutes", dest="seconds", type=lambda text: float(text) * 60, default=3600.0)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="for configuration and logs")
    return vars(parser.parse_args())


def seconds(text: str) -> float:
    """Return the seconds of a duration such as 45s, 15m or 2h."""
    return float(text[:-1]) * UNITS[text[-1]]


if __name__ == "__main__":
    main()
