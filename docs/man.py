"""docs/syncer.1, the manual page."""

from collections.abc import Iterable, Iterator

from syncer import __version__

from .commands import EXITS, Entry, Paragraph

ENVIRONMENT = {
    "SYNCER_CONFIG": "The configuration file.",
    "SYNCER_<SECTION>__<KEY>": "Any setting, like SYNCER_API__USERNAME or SYNCER_PLAYERS__0__GAMES=1,2,3.",
    "SYNCER_API__KEY_FILE": "A file that holds the Web API Key. Likewise for any other secret.",
    "CREDENTIALS_DIRECTORY": "Set by systemd: api_key in it is the Web API Key.",
    "NO_COLOR": "If set, no colour.",
}
FILES = {
    "./config.toml, ~/.config/ra-syncer/config.toml, /etc/syncer/config.toml": "The configuration.",
    "~/.local/share/ra-syncer/syncer.db": "The history, where [database] url names no other place.",
}


def man_page(found: list[Entry]) -> str:
    top, *commands = found
    return "\n".join(
        [
            '.\\" Written by ./run docs from what the commands say themselves; change it there.',
            f'.TH SYNCER 1 "" "ra-syncer {__version__}" "User Commands"',
            ".SH NAME",
            roff(f"syncer - {top.summary[0].lower()}{top.summary[1:].rstrip('.')}"),
            ".SH SYNOPSIS",
            _bold(top.usage),
            ".SH DESCRIPTION",
            *_paragraphs(top.said),
            ".SH OPTIONS",
            *_terms(top.options),
            ".SH COMMANDS",
            *(line for entry in commands for line in _command(entry)),
            ".SH EXIT STATUS",
            *_terms((str(code), f"{name}. {said}") for code, (name, said) in EXITS.items()),
            ".SH ENVIRONMENT",
            *_terms(ENVIRONMENT.items()),
            ".SH FILES",
            *_terms(FILES.items()),
            "",
        ]
    )


def _command(entry: Entry) -> Iterator[str]:
    yield f'.SS "{roff(entry.usage)}"'
    yield from _paragraphs(entry.said)
    yield from _terms(entry.options)
    yield from _paragraphs(entry.explained)


def _paragraphs(pieces: Iterable[Paragraph]) -> Iterator[str]:
    for piece in pieces:
        yield ".PP"
        lines = [roff(line) for line in piece.text.splitlines()]
        yield from [".nf", *lines, ".fi"] if piece.literal else lines


def _terms(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, said in pairs:
        yield from (".TP", _bold(term), roff(said))


def _bold(text: str) -> str:
    return f"\\fB{roff(text)}\\fR"


def roff(text: str) -> str:
    """Nothing in it is obeyed: no backslash, no dot at its beginning, no quotation mark; ASCII alone."""
    escaped = {"\\": "\\e", "-": "\\-", '"': "\\(dq", "'": "\\(aq", "~": "\\(ti", "^": "\\(ha", "`": "\\(ga"}
    made = "".join(escaped.get(c, c if c.isascii() else f"\\[u{ord(c):04X}]") for c in text)
    return f"\\&{made}" if made.startswith(".") else made
