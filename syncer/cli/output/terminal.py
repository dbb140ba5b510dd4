"""The terminal behind stdout: its width, whether it shows colours, and the pager of its reader."""

import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO

import click

from .characters import cell_width
from .streams import ERRORS

LESS = "FRX"  # leave at once what fits one screen, show colours, and keep the text on the screen
MIN_TEXT = 20  # characters of a line, on any terminal
NO_PAGERS = ("", "cat")
STATE = {"paged": False, "colours": True}


def is_terminal() -> bool:
    """Return whether a person reads stdout on a terminal, maybe through a pager."""
    return STATE["paged"] or sys.stdout.isatty()


def is_paged() -> bool:
    """Return whether stdout leads to a pager, which fills the screen."""
    return STATE["paged"]


def terminal_width() -> int | None:
    """Return the cells in a line of the terminal; None if stdout is not a terminal."""
    return shutil.get_terminal_size().columns if is_terminal() else None


def is_colour_wanted() -> bool:
    """Return whether stdout is a terminal that shows colours, and its reader wants them."""
    # An empty NO_COLOR has no effect, by the convention of no-color.org.
    is_refused = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return is_terminal() and STATE["colours"] and not is_refused


def styled(text: str, colour: str | None) -> str:
    return click.style(text, fg=colour) if colour and is_colour_wanted() else text


def echo(text: str) -> None:
    """Print a line, whose colours click would remove on their way to a pager."""
    click.echo(text, color=True if is_colour_wanted() else None)


def wrapped(text: str, label: str = "", *, indent: str = "") -> str:
    """Return a text after a label, broken between words where a terminal is narrower.

    `indent`: of further lines; without one they begin below the text.
    """
    width = terminal_width()
    begin = cell_width(label)
    if width is None or begin + cell_width(text) <= width:
        return label + text
    from .wrapping import broken_lines

    further = indent or " " * begin
    first, *lines = broken_lines(text, max(width, begin + MIN_TEXT), begin, cell_width(further))
    return "\n".join([label + first, *(further + line for line in lines)])


@contextmanager
def pager() -> Iterator[None]:
    """Collect stdout for the reader's pager: $PAGER, else less if it is installed. A pipe stays as it is.

    It starts when the command has ended: a reader may take hours, and the database is closed by then.
    """
    command = pager_command() if sys.stdout.isatty() and sys.stdin.isatty() else []
    if not command:
        yield
        return
    context, terminal = click.get_current_context(), sys.stdout
    pages = context.with_resource(tempfile.TemporaryFile())  # noqa: SIM115 - the context closes it
    sys.stdout = io.TextIOWrapper(pages, terminal.encoding or "utf-8", ERRORS)
    STATE.update(paged=True, colours=shows_colours(command))
    try:
        yield
    finally:
        sys.stdout.detach()
        sys.stdout = terminal
        STATE.update(paged=False, colours=True)
        context.call_on_close(partial(_show, command, pages))


def _show(command: list[str], pages: IO[bytes]) -> None:
    """Let the pager show the pages; print them where it does not."""
    pages.seek(0)
    if not _is_shown(command, pages):
        pages.seek(0)
        shutil.copyfileobj(pages, sys.stdout.buffer)
        sys.stdout.flush()


def _is_shown(command: list[str], pages: IO[bytes]) -> bool:
    environment = {"LESS": LESS, "LV": "-c"} | os.environ
    try:
        process = subprocess.Popen(command, stdin=pages, env=environment)
    except OSError:  # no such command
        return False
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is a key of the pager now
    try:
        return process.wait() == 0
    finally:
        signal.signal(signal.SIGINT, former)


def pager_command() -> list[str]:
    """Return the words of the pager's command; empty: there is none, or none is wanted."""
    wanted = os.environ.get("PAGER")
    if wanted is None:
        return ["less"] if shutil.which("less") and os.environ.get("TERM") != "dumb" else []
    try:
        words = shlex.split(wanted)
    except ValueError:  # a quotation mark that is not closed
        return []
    return [] if " ".join(words) in NO_PAGERS else words


def shows_colours(command: list[str]) -> bool:
    """Return whether a pager passes colours on: less does with the option -R only."""
    if os.path.basename(command[0]) != "less":
        return True
    options = [os.environ.get("LESS", LESS), *(word for word in command[1:] if word.startswith("-"))]
    return any("r" in option.lower() for option in options)
