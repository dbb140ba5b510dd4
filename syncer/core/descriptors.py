"""Whether this process may open no more files: SQLite and the resolver report that as other errors."""

import errno
import os
from contextlib import ExitStack, suppress

EXHAUSTED = (errno.EMFILE, errno.ENFILE)
NEEDED = 4  # SQLite opens a file and up to three beside it, and closes all if one fails
TOO_MANY_FILES = "too many files are open"
HINT = "Close what is not needed, or raise the limit (ulimit -n; in a systemd unit LimitNOFILE)."


def are_exhausted() -> bool:
    """Return whether as many files as one database needs cannot be opened now."""
    with ExitStack() as stack, suppress(OSError):
        for _ in range(NEEDED):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        return False
    return True
