"""Atomic writes: a file or folder is written in a folder of its own beside its place, then moved there.

The folder is created exclusively, under a name that cannot be guessed, and only its owner may enter it: in a
shared folder nobody can put a link in the draft's place, or a journal beside it that SQLite would apply.
"""

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncer.core.errors import StoreError

ELSEWHERE = (
    "Nothing was changed, no incomplete file was left. Make room or name another place, then try again."
)
FREE = "Nothing was written over it. Move it away or name another file, then try again."
# What a file system answers that has no such thing: CIFS, vfat, exFAT, and some of FUSE.
UNSUPPORTED = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EACCES}


@contextmanager
def atomic_write(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield the path of a draft that does not exist, which becomes `path` with mode 0600.

    Raises StoreError if the folder is missing, the disk is full, or the name is taken.
    """
    path = path.absolute()
    with _drafting(path) as draft:
        yield draft
        _commit(draft, path, replace)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a new folder, which becomes `path` with its files; `path` may be an empty folder.

    Its mode is 0700, that of its files 0600. Raises StoreError as atomic_write() does.
    """
    path = path.absolute()
    with _drafting(path) as draft:
        draft.mkdir(0o700)
        yield draft
        for file in draft.iterdir():
            _make_durable(file)
        _sync(draft)
        draft.rename(path)  # replaces an empty folder, and nothing else
        _sync(path.parent)


@contextmanager
def _drafting(path: Path) -> Iterator[Path]:
    folder = None
    try:
        _remove_stale_drafts(path)
        prefix = f".{path.name}.{os.getpid()}."
        folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=".part", dir=path.parent))
        yield folder / path.name
    except OSError as error:
        raise _described(error, path) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _described(error: OSError, path: Path) -> StoreError:
    if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
        return StoreError(f"{path} is there already", hint=FREE)
    why = error.strerror or type(error).__name__
    return StoreError(f"{path} cannot be written ({why})", hint=ELSEWHERE)


# The order matters (LWN, "Ensuring data reaches disk"): the content is synced before the file gets its
# name, the folder afterwards. Otherwise a power cut could leave the new name with an empty file.
def _commit(draft: Path, path: Path, replace: bool) -> None:
    """Sync the draft to disk before it gets its name: a power cut leaves the old file or the new one."""
    _make_durable(draft)
    if replace:
        draft.replace(path)
    else:
        _name_exclusively(draft, path)
    _sync(path.parent)


def _make_durable(file: Path) -> None:
    """Let only its owner read the file, and sync it to disk."""
    with _unless_unsupported():
        file.chmod(0o600)
    _sync(file)


def _name_exclusively(draft: Path, path: Path) -> None:
    """Move the draft to a name that is free. Raises FileExistsError for a taken one, a link included."""
    try:
        os.link(draft, path)  # the only call that names a file and replaces none
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # claims the name
        try:
            draft.replace(path)
        except OSError:
            path.unlink()
            raise


def _sync(path: Path) -> None:
    """Sync a file or a folder, where the file system can."""
    with _unless_unsupported():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _unless_unsupported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise


def _remove_stale_drafts(path: Path) -> None:
    """Remove the drafts of killed processes, also those of older versions: a full disk needs the room.

    What cannot be listed or removed, as it belongs to somebody else, is left.
    """
    with suppress(PermissionError):
        for file in path.parent.iterdir():
            found = re.match(re.escape(f".{path.name}.") + r"(\d+)(\.\w+)?\.part", file.name)
            if found and not _is_running(int(found[1])):
                with suppress(OSError):
                    shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
