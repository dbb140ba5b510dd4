"""Stdout and stderr that never stop the work: what they refuse is lost, and said once."""

import codecs
import errno
import io
import os
import select
import sys
from collections.abc import Callable
from typing import Any, TextIO

import click

from .characters import replace_unencodable

ERRORS = "syncer.replace"  # the name of the error handler
# Commands whose output is all that they do: where it cannot be written, they end.
DISPLAYS = frozenset(
    f"syncer {name}"
    for name in (
        *("account", "at", "changes", "completions", "config show", "db current", "demo", "diff", "export"),
        *("fetch", "games", "gaps", "history", "notify list", "plan", "review", "status", "unlocks"),
    )
)


class OutputLost(Exception):
    """The output of a command that only displays cannot be written. `is_closed`: its reader is gone."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the output could not be written ({error.strerror})")
        self.is_closed = error.errno == errno.EPIPE


class Stream(io.FileIO):
    """A file descriptor that takes everything; `lost` decides about what it could not write."""

    def __init__(self, descriptor: int, lost: Callable[[OSError], bool]) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._lost = lost
        self._is_dropping = False

    def write(self, data: Any) -> int:
        if self._is_dropping:
            return memoryview(data).nbytes
        try:
            # None: the descriptor is non-blocking and full, as a shared terminal may be.
            while (written := super().write(data)) is None:
                select.select([], [self], [])
            return written
        except OSError as error:
            # Also if the next line raises: what follows is dropped, so that the output has no hole.
            self._is_dropping = True
            self._is_dropping = self._lost(error)
            return memoryview(data).nbytes


def prepare() -> None:
    """Replace the standard streams of this process."""
    _reopen_closed()
    codecs.register_error(ERRORS, replace_unencodable)
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stderr = _as_text(Stream(2, lambda error: False), sys.stderr, line_buffering=True)
    sys.stdout = _as_text(Stream(1, _report_loss), sys.stdout, line_buffering=os.isatty(1))


def _reopen_closed() -> None:
    """Open the null device for each closed stream, so that a lock file, for example, does not become it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


def _as_text(raw: Stream, former: TextIO | None, *, line_buffering: bool) -> TextIO:
    encoding = former.encoding if former else "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, ERRORS, line_buffering=line_buffering)


def _report_loss(error: OSError) -> bool:
    """Say that the output of a command is lost; its work goes on. Raises OutputLost if it has no other."""
    lost = OutputLost(error)
    context = click.get_current_context(silent=True)
    if context and context.command_path in DISPLAYS:
        raise lost
    if not lost.is_closed:
        print(f"syncer: {lost}", file=sys.stderr)
    return True
