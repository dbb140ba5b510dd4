"""docs/cli.md"""

from collections.abc import Iterable, Iterator

from .commands import EXITS, Entry, Paragraph

TOP = """\
<!-- Written by ./run docs from the help of the commands; change it there. -->
# The commands

The output of `syncer COMMAND --help`, on one page. Results go to stdout, messages to stderr. Colour and
progress bars are shown only on a terminal, and `NO_COLOR` turns colour off. There, long results go through
`$PAGER`, else `less`; `PAGER=cat` turns that off. Tables fit the terminal and cut nothing; into a pipe each
row is one line. Reading commands take `--json`: [json.md](json.md).
"""


def cli_page(entries: list[Entry]) -> str:
    parts = [TOP, _table(("command", "does"), ((_link(e), e.summary) for e in entries[1:]))]
    parts += ["## Exit codes\n"]
    parts += [_table(("code", "name", "meaning"), ((str(c), *texts) for c, texts in EXITS.items()))]
    for entry in entries:
        parts += _command(entry)
    return "\n".join(parts)


def _command(entry: Entry) -> Iterator[str]:
    yield f"## {entry.name}\n"
    yield f"```\n{entry.usage}\n```\n"
    yield from map(_paragraph, entry.description)
    if entry.options:
        yield _table(("option", "does"), ((f"`{typed}`", text) for typed, text in entry.options))
    yield from map(_paragraph, entry.epilog)
    if entry.takes_json:
        command = entry.name.removeprefix("syncer ")
        yield f"JSON: [the document of `{command}`](json.md#{command.replace(' ', '-')}).\n"


def _paragraph(paragraph: Paragraph) -> str:
    return f"```\n{paragraph.text}\n```\n" if paragraph.literal else f"{_plain(paragraph.text)}\n"


def _link(entry: Entry) -> str:
    return f"[`{entry.name}`](#{entry.name.replace(' ', '-')})"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _plain(text: str) -> str:
    """Escape what Markdown would interpret."""
    return text.replace("<", "&lt;").replace("*", r"\*")
