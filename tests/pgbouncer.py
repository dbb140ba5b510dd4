"""A real pgbouncer in front of the tests' PostgreSQL, where Debian's package is installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Literal

import psycopg
import pytest

from .postgres import Server, die_with_parent
from .waiting import PATIENCE

PROGRAM = Path("/usr/sbin/pgbouncer")
PoolMode = Literal["session", "transaction", "statement"]
# Debian's defaults but for the sockets: no startup parameter is ignored, sessions are reset by DISCARD ALL.
SETTINGS = """
[databases]
* = host={server} user=tester
[pgbouncer]
unix_socket_dir = {folder}
listen_addr =
listen_port = 6432
auth_type = any
pool_mode = {mode}
default_pool_size = 20
"""


class Pgbouncer:
    """Pools connections to every database of a server. Skips the test where pgbouncer is missing."""

    def __init__(self, server: Server, mode: PoolMode) -> None:
        if not PROGRAM.exists():
            pytest.skip("pgbouncer is missing (on Debian: apt-get install pgbouncer)")
        if server.external_url:
            pytest.skip("pgbouncer is tested with the PostgreSQL of the suite only")
        self._folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
        self._log = self._folder / "log"
        settings = self._folder / "pgbouncer.ini"
        settings.write_text(SETTINGS.format(server=server.folder, folder=self._folder, mode=mode))
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None  # it refuses to run as root
        if account:
            self._folder.chmod(0o755)
            settings.chmod(0o644)
            shutil.chown(self._folder, "nobody")
        self._process = subprocess.Popen(
            [PROGRAM, settings],
            stdout=subprocess.DEVNULL,
            stderr=self._log.open("wb"),
            preexec_fn=die_with_parent,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.02)

    def url(self, database: str) -> str:
        return f"postgresql://tester@/{database}?host={self._folder}&port=6432"

    def __enter__(self) -> "Pgbouncer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
