"""Whether a database can be written where it is wanted."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def nearest(path: Path) -> Path:
    """The folder of the database, or what there is of the way to it."""
    return next((p for p in path.parents if os.path.lexists(p)), Path("/"))


def can_be_used(path: Path) -> bool:
    """Whether a database can be written there, with the files beside it."""
    try:
        with suppress(FileNotFoundError):
            os.stat(path)  # too long a name, or a loop of links
        with tempfile.TemporaryFile(dir=nearest(path)):
            return True
    except OSError:
        return False
