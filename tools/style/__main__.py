"""./run style [--list NAME] [--check]: measure the wording and structure of this repository."""

import argparse
import gc
import signal
import sys
from pathlib import Path

from .figures import Figure, measure

LISTS = ("mannered", "fragments", "terms", "circles", "bases", "classes", "files", "functions", "commits")
REPOSITORY = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Print the table or one list, and return the exit code."""
    options = parser().parse_args(arguments)
    figures = measure(options.root, options.since_commit)
    if options.list:
        for figure in figures:
            if figure.list_name == options.list:
                print(*figure.hits, sep="\n", end="\n" if figure.hits else "")
    else:
        print(table(figures))
    missed = any(figure.is_checked and not figure.is_met for figure in figures)
    return 1 if options.check and missed else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    options = argparse.ArgumentParser(prog="./run style", description="Measure wording and structure.")
    options.add_argument(
        "--list", choices=LISTS, metavar="NAME", help=f"print each hit of one of {', '.join(LISTS)}"
    )
    options.add_argument("--check", action="store_true", help="exit 1 if a goal is missed (not of commits)")
    options.add_argument("--since-commit", metavar="COMMIT", help="judge the commits after this one")
    options.add_argument(
        "--root", type=Path, default=REPOSITORY, metavar="FOLDER", help="the repository to measure"
    )
    return options


def table(figures: list[Figure]) -> str:
    """Return the figures as aligned lines: figure, value, goal, ok or no."""
    rows = [("figure", "value", "goal", "")]
    for figure in figures:
        goal = f"{figure.goal[0]} {figure.goal[1]:g}" if figure.goal else ""
        verdict = ("ok" if figure.is_met else "no") if figure.goal else ""
        rows.append((figure.title, f"{round(figure.value, 1):g}", goal, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{title:<{widths[0]}}  {value:>{widths[1]}}  {goal:<{widths[2]}}  {verdict}".rstrip()
        for title, value, goal, verdict in rows
    )


if __name__ == "__main__":
    gc.disable()  # nothing is thrown away before the end: to search for it takes a third of the time
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when the reader of a pipe (head) has enough
    sys.exit(main())
