"""Files that appear whole or not at all: in shared folders, and where the file system can do less."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncer.core.errors import StoreError
from syncer.store.admin.backup import backup
from syncer.store.db.atomic_file import atomic_write

from .test_backup import at, names_in, quietly, recorded


def test_a_draft_is_in_a_folder_that_only_its_owner_can_enter_and_nobody_can_guess(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    found = []
    for name in ("one", "two"):
        with atomic_write(tmp_path / name) as draft:
            assert not os.path.lexists(draft)
            assert stat.S_IMODE(draft.parent.stat().st_mode) == 0o700
            found.append(draft.parent.name.split(".")[-2])
            draft.write_text(name)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert found[0] != found[1]
    assert names_in(tmp_path) == ["one", "two"]


def test_a_link_in_the_place_of_the_file_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    (tmp_path / "backup.db").symlink_to(victim)
    with pytest.raises(StoreError, match="is there already"), atomic_write(tmp_path / "backup.db") as draft:
        draft.write_text("ours")
    assert not victim.exists()
    assert names_in(tmp_path) == ["backup.db"]


def test_a_file_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is there already"), atomic_write(tmp_path / "new") as draft:
        _ = draft.write_text("ours"), (tmp_path / "new").write_text("theirs")
    assert (tmp_path / "new").read_text() == "theirs"


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_log_that_waits_beside_the_name_of_a_backup_is_refused(tmp_path: Path, end: str) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    (tmp_path / f"backup.db{end}").write_bytes(b"what SQLite would apply to it")
    with pytest.raises(StoreError, match=f"backup.db{end} is there already"):
        backup(home.database, tmp_path / "backup.db", quietly)
    assert not (tmp_path / "backup.db").exists()
    home.close()


Function = Callable[..., Any]


def refusing(code: int, real: Function, when: Callable[..., bool] = lambda *_: True) -> Function:
    """Return a function that refuses as another file system would: none of these can be mounted here."""

    def call(*arguments: Any, **options: Any) -> Any:
        if when(*arguments):
            raise OSError(code, os.strerror(code))
        return real(*arguments, **options)

    return call


def is_folder(handle: int) -> bool:
    return stat.S_ISDIR(os.fstat(handle).st_mode)


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS])
def test_chmod_links_and_syncs_of_folders_are_done_where_they_can_be(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CIFS, vfat and exFAT refuse them."""
    monkeypatch.setattr(os, "link", refusing(code, os.link))
    monkeypatch.setattr(os, "fsync", refusing(code, os.fsync, is_folder))
    monkeypatch.setattr(Path, "chmod", refusing(code, Path.chmod))
    with atomic_write(tmp_path / "new") as draft:
        draft.write_text("ours")
    assert (tmp_path / "new").read_text() == "ours"
    with pytest.raises(StoreError, match="is there already"), atomic_write(tmp_path / "new") as draft:
        draft.write_text("more")
    with atomic_write(tmp_path / "new", replace=True) as draft:
        draft.write_text("more")
    assert (tmp_path / "new").read_text() == "more"
    assert names_in(tmp_path) == ["new"]


def test_a_disk_that_fails_to_sync_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refusing(errno.EIO, os.fsync))
    with pytest.raises(StoreError, match="Input/output error"), atomic_write(tmp_path / "new") as draft:
        draft.write_text("ours")
    assert names_in(tmp_path) == []
