"""./run docs: write the files that are generated from the commands, docs/sql.md and the table of faults."""

from pathlib import Path

from .commands import entries
from .comments import comments
from .datasette import metadata
from .grafana import sqlite_boards
from .man import man_page
from .markdown import cli_page
from .reliability import reliability_page

HERE = Path(__file__).parent
DATASETTE = "../contrib/datasette/metadata.yaml"
COMMENTS = "../migrations/comments.json"
GRAFANA = "../contrib/grafana/sqlite/dashboards/{}.json"


def pages() -> dict[str, str]:
    """Return the text of each generated file, by its path relative to docs/."""
    commands = entries()
    pages = {"cli.md": cli_page(commands), "syncer.1": man_page(commands)}
    pages["reliability.md"] = reliability_page((HERE / "reliability.md").read_text("utf-8"))
    boards = {GRAFANA.format(name): text for name, text in sqlite_boards().items()}
    return {**pages, **boards, DATASETTE: metadata(), COMMENTS: comments()}


def main() -> None:
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")
        print(f"{(HERE / name).resolve().relative_to(HERE.parent)}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
