"""./run docs: write what follows from the commands and from docs/sql.md."""

from pathlib import Path

from .commands import entries
from .datasette import metadata
from .man import man_page
from .markdown import cli_page

HERE = Path(__file__).parent
DATASETTE = "../contrib/datasette/metadata.yaml"


def pages() -> dict[str, str]:
    """What each generated file has to hold."""
    found = entries()
    return {"cli.md": cli_page(found), "syncer.1": man_page(found), DATASETTE: metadata()}


def main() -> None:
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")
        print(f"{(HERE / name).resolve().relative_to(HERE.parent)}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
