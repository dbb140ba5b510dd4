"""Atomic writes: a file is written under another name beside its place, then moved there."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncer.core.errors import StoreError

ELSEWHERE = (
    "Nothing was changed, no incomplete file was left. Make room or name another place, then try again."
)
FREE = "Nothing was written over it. Move it away or name another file, then try again."


@contextmanager
def atomic_write(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield the path of a draft, which becomes `path` with mode 0600.

    Raises StoreError if the folder is missing, the disk is full, or the name is taken.
    """
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


# The order matters (LWN, "Ensuring data reaches disk"): the content is synced before the file gets its
# name, the folder afterwards. Otherwise a power cut could leave the new name with an empty file.
def _commit(draft: Path, path: Path, replace: bool) -> None:
    """Sync the draft to disk before it gets its name: a power cut leaves the old file or the new one."""
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
    """Remove the draft with SQLite's sidecar files."""
    with suppress(OSError):
        for file in draft.parent.iterdir():
            if file.name.startswith(draft.name):
                file.unlink()


def _remove_stale_drafts(path: Path) -> None:
    """Remove the drafts of killed processes: a full disk needs the room."""
    for file in path.parent.iterdir():
        found = re.match(re.escape(f".{path.name}.") + r"(\d+)\.part", file.name)
        if found and not _is_running(int(found[1])):
            file.unlink()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
