"""Read small files of text. Reading never waits: a pipe or a device may send nothing, or never end."""

import os
import stat
from pathlib import Path

from syncer.core import descriptors

from .text import decode

MAX_SECRET = 64 * 2**10
MAX_CONFIGURATION = 8 * 2**20  # a thousand players with a thousand ids are 6 MB


def read_text(path: Path, limit: int, use: str = "a secret") -> str:
    """Return the text of a regular file. Raises ValueError for any other, and for one above the limit."""
    try:
        data = _read(path, limit + 1)
    except OSError as error:
        raise_if_exhausted(error)
        raise ValueError(f"cannot be read ({error.strerror})") from None
    if len(data) > limit:
        raise ValueError(f"is too large for {use} (more than {limit // 2**10} KiB)")
    return decode(data)


def raise_if_exhausted(error: Exception) -> None:
    """Raise the error again if no more files can be opened: the configuration has no fault then."""
    if getattr(error, "errno", None) in descriptors.EXHAUSTED:
        raise error


def _read(path: Path, limit: int) -> bytes:
    """Return the beginning of a file. Raises ValueError if it is not a regular one."""
    # Without O_NONBLOCK, to open a pipe waits for a writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(descriptor)
