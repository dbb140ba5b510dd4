"""docs/cli.md"""

from collections.abc import Iterable, Iterator

from .commands import EXITS, Entry, Paragraph

TOP = """\
<!-- Written by ./run docs from what the commands say themselves; change it there. -->
# The commands

What `syncer COMMAND --help` says, on one page. Results go to stdout, all talk to stderr; colour and bars are
for terminals only, and `NO_COLOR` is honoured. Reading commands take `--json`: [json.md](json.md).
"""


def cli_page(found: list[Entry]) -> str:
    pieces = [TOP, _table(("command", "does"), ((_link(e), e.summary) for e in found[1:]))]
    pieces += ["## Exit codes\n"]
    pieces += [_table(("code", "is", "says"), ((str(c), *said) for c, said in EXITS.items()))]
    for entry in found:
        pieces += _command(entry)
    return "\n".join(pieces)


def _command(entry: Entry) -> Iterator[str]:
    yield f"## {entry.name}\n"
    yield f"```\n{entry.usage}\n```\n"
    yield from map(_paragraph, entry.said)
    if entry.options:
        yield _table(("option", "does"), ((f"`{interactive}`", said) for interactive, said in entry.options))
    yield from map(_paragraph, entry.explained)
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
    """Nothing in it is markup."""
    return text.replace("<", "&lt;").replace("*", r"\*")
