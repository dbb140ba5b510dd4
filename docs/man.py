"""docs/syncer.1, the manual page."""

from collections.abc import Iterable, Iterator

from syncer import __version__

from .commands import EXITS, Entry, Paragraph

ENVIRONMENT = {
    "SYNCER_CONFIG": "The configuration file.",
    "SYNCER_<SECTION>__<KEY>": "Any setting, like SYNCER_API__USERNAME or SYNCER_PLAYERS__0__GAMES=1,2,3.",
    "SYNCER_API__KEY_FILE": "A file that holds the Web API Key; the same for every other secret.",
    "CREDENTIALS_DIRECTORY": "Set by systemd; the file api_key in this folder holds the Web API Key.",
    "NO_COLOR": "If set, the output has no colour.",
    "PAGER": "What shows long results on a terminal, less if it is not set. Empty or cat: nothing does.",
}
FILES = {
    "./config.toml, ~/.config/ra-syncer/config.toml, /etc/syncer/config.toml": "The configuration.",
    "~/.local/share/ra-syncer/syncer.db": "The database, if [database] url names no other.",
}


def man_page(entries: list[Entry]) -> str:
    top, *commands = entries
    return "\n".join(
        [
            '.\\" Written by ./run docs from the help of the commands; change it there.',
            f'.TH SYNCER 1 "" "ra-syncer {__version__}" "User Commands"',
            ".SH NAME",
            roff(f"syncer - {top.summary[0].lower()}{top.summary[1:].rstrip('.')}"),
            ".SH SYNOPSIS",
            _bold(top.usage),
            ".SH DESCRIPTION",
            *_paragraphs(top.description),
            ".SH OPTIONS",
            *_terms(top.options),
            ".SH COMMANDS",
            *(line for entry in commands for line in _command(entry)),
            ".SH EXIT STATUS",
            *_terms((str(code), f"{name}. {meaning}") for code, (name, meaning) in EXITS.items()),
            ".SH ENVIRONMENT",
            *_terms(ENVIRONMENT.items()),
            ".SH FILES",
            *_terms(FILES.items()),
            "",
        ]
    )


def _command(entry: Entry) -> Iterator[str]:
    yield f'.SS "{roff(entry.usage)}"'
    yield from _paragraphs(entry.description)
    yield from _terms(entry.options)
    yield from _paragraphs(entry.epilog)


def _paragraphs(paragraphs: Iterable[Paragraph]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield ".PP"
        lines = [roff(line) for line in paragraph.text.splitlines()]
        yield from [".nf", *lines, ".fi"] if paragraph.literal else lines


def _terms(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in pairs:
        yield from (".TP", _bold(term), roff(text))


def _bold(text: str) -> str:
    return f"\\fB{roff(text)}\\fR"


def roff(text: str) -> str:
    """Escape everything that troff would interpret; the result is ASCII."""
    escaped = {"\\": "\\e", "-": "\\-", '"': "\\(dq", "'": "\\(aq", "~": "\\(ti", "^": "\\(ha", "`": "\\(ga"}
    line = "".join(escaped.get(c, c if c.isascii() else f"\\[u{ord(c):04X}]") for c in text)
    return f"\\&{line}" if line.startswith(".") else line
