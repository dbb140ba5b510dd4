"""A file appears whole or not at all: written beside its place under another name, then moved there."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncer.core.errors import StoreError

ELSEWHERE = "Nothing was changed, no half file was left. Make room or name another place, then try again."
FREE = "Nothing was written over it. Move it away or name another file, then try again."


@contextmanager
def atomic_write(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """The draft to write, 0600 in the end. Raises StoreError: no such folder, a full disk, a taken place."""
    draft = path.absolute().with_name(f".{path.name}.{os.getpid()}.part")
    try:
        _remove_stale_drafts(path)
        yield draft
        _commit(draft, path, replace)
    except OSError as error:
        taken = error.errno == errno.EEXIST
        why = "is there already" if taken else f"cannot be written ({error.strerror or type(error).__name__})"
        raise StoreError(f"{path} {why}", hint=FREE if taken else ELSEWHERE) from error
    finally:
        _remove(draft)


def _commit(draft: Path, path: Path, replace: bool) -> None:
    """On the disk before it has its name: a power cut leaves the old file or the new one."""
    draft.chmod(0o600)
    _sync(draft)
    if not replace and path.exists():
        raise FileExistsError(errno.EEXIST, "is there already")
    draft.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(draft: Path) -> None:
    """With what SQLite keeps beside it."""
    with suppress(OSError):
        for file in draft.parent.iterdir():
            if file.name.startswith(draft.name):
                file.unlink()


def _remove_stale_drafts(path: Path) -> None:
    """Drafts of processes that were killed: nobody will finish them, and a full disk needs the room."""
    for file in path.parent.iterdir():
        found = re.match(re.escape(f".{path.name}.") + r"(\d+)\.part", file.name)
        if found and not _lives(int(found[1])):
            file.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
