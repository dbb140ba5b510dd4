"""./run docs: write the pages that follow from the commands."""

from pathlib import Path

from .commands import entries
from .man import man_page
from .markdown import cli_page

HERE = Path(__file__).parent


def pages() -> dict[str, str]:
    """What each generated file has to hold."""
    found = entries()
    return {"cli.md": cli_page(found), "syncer.1": man_page(found)}


def main() -> None:
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")
        print(f"docs/{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
