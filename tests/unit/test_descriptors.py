"""Where no more files can be opened, the messages say so, and the same object works again afterwards."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from syncer.api.transport_errors import translate
from syncer.config import load
from syncer.core import descriptors
from syncer.core.errors import StoreError
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, head
from tests.fakes import START

from .config_files import GOOD, write_config


@contextmanager
def no_free_descriptor(spare: int = 0) -> Iterator[None]:
    """Let this process open only so many files more."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64 + len(os.listdir("/proc/self/fd")), limits[1]))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        opened: list[int] = []
        try:
            while True:
                opened.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            for _ in range(spare):
                os.close(opened.pop())
        for file in opened:
            stack.callback(os.close, file)
        yield


@pytest.mark.parametrize("spare", [0, 1, 3])
def test_sqlite_without_descriptors_is_named_and_heals(tmp_path: Path, spare: int) -> None:
    database = Database(f"sqlite:///{tmp_path}/syncer.db")
    upgrade_schema(database, START)
    database.close()
    with no_free_descriptor(spare):
        assert descriptors.are_exhausted()
        if not spare:
            with pytest.raises(StoreError, match="too many files are open"):
                current(database)
    assert (descriptors.are_exhausted(), current(database)) == (False, head())
    database.close()


def test_a_connection_without_descriptors_is_not_a_fault_of_the_network() -> None:
    with no_free_descriptor(), pytest.raises(OSError, match="Too many") as found:
        socket.create_connection(("127.0.0.1", 9))
    assert translate(found.value).message == "too many files are open for a connection"
    with no_free_descriptor():
        assert "too many files" in translate(socket.gaierror("no resolver")).message
    assert "DNS" in translate(socket.gaierror("no resolver")).message


def test_a_configuration_that_cannot_be_opened_now_is_not_wrong(folder: Path) -> None:
    path = write_config(folder, "")
    (folder / "ping").write_text("https://x")
    with no_free_descriptor(), pytest.raises(OSError, match="Too many open files"):
        load(path, GOOD)
    with no_free_descriptor(), pytest.raises(OSError, match="Too many open files"):
        load(None, GOOD | {"SYNCER_HEALTH__PING_URL_FILE": str(folder / "ping")})
