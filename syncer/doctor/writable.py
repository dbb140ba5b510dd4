"""Whether a database can be written at a path."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def nearest_existing(path: Path) -> Path:
    """Return the folder of the database, or the nearest parent that exists."""
    # lexists(): a link to a folder that is gone must not be skipped, since nothing can be created in it.
    return next((p for p in path.parents if os.path.lexists(p)), Path("/"))


def is_writable(path: Path) -> bool:
    """Return whether a database and the files beside it can be written at the path."""
    try:
        with suppress(FileNotFoundError):
            os.stat(path)  # raises for a name that is too long and for a loop of links
        # Tried and not asked of os.access(), which knows permissions only.
        with tempfile.TemporaryFile(dir=nearest_existing(path)):
            return True
    except OSError:
        return False
