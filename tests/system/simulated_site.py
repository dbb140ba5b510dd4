"""The simulated site, a configuration for it, and the commands as a user types them."""

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.cli.main import main
from syncer.core.clock import SystemClock
from syncer.demo.world import World
from syncer.store.db.engine import Database
from tests.faulty_site import FaultyServer
from tests.migrated import prepare

KEY = "canary0canary0canary0canary0canr"  # must not occur in anything that is written
CONFIG = """
[database]
url = "{url}"
[api]
username = "Tester"
key_file = "key"
base_url = "{base_url}"
timeout = "{timeout}"
requests_per_minute = 60000
burst = 30000
[schedule]
every = "{every}"
jitter = "0s"
timezone = "UTC"
[[players]]
games = {games}
"""


@dataclass
class CliResult:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass
class Site:
    """A faulty server with one player and six games, and a folder with a configuration for it."""

    server: FaultyServer
    world: World
    folder: Path
    url: str

    def configure(self, *, every: str = "15m", games: str = "[1, 2, 3, 4]", timeout: str = "30s") -> Path:
        path = self.folder / "config.toml"
        address = self.server.base_url
        path.write_text(
            CONFIG.format(url=self.url, base_url=address, every=every, games=games, timeout=timeout)
        )
        (self.folder / "key").write_text(KEY + "\n")
        (self.folder / "key").chmod(0o600)
        return path

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "SYNCER_CONFIG": str(self.folder / "config.toml"), "NO_COLOR": "1"}

    def start(
        self, *arguments: str, environ: Mapping[str, str] | None = None, **more: Any
    ) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "syncer", *arguments]
        pipe = subprocess.PIPE
        cwd = Path(__file__).parents[2]
        env = {**self.env, **(environ or {})}
        return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True, cwd=cwd, **more)

    def prepare_database(self) -> None:
        """Give it the newest schema, as `syncer db upgrade` does, but sooner."""
        with contextlib.closing(Database(self.url)) as database:
            prepare(database, SystemClock().now())

    def earn(self, game: int, how_many: int = 1) -> None:
        self.world.earn("Tester", game, how_many, SystemClock().now() - timedelta(seconds=1))

    def forget_waits(self) -> None:
        """Delete the request budget, as if all its waits were over."""
        for file in self.folder.glob("syncer.db-budget*"):
            file.unlink()


@contextlib.contextmanager
def a_site(folder: Path, url: str) -> Iterator[Site]:
    world = World()
    for game in range(1, 7):
        world.add_game(f"Game {game}", [5, 10, 25, 50], game_id=game)
    world.add_account("Tester", KEY)
    with FaultyServer(world, SystemClock()) as server:
        site = Site(server, world, folder, url)
        site.configure()
        for game in (1, 2, 3):
            site.earn(game, 2)
        yield site


@contextlib.contextmanager
def logs_restored() -> Iterator[None]:
    """Restore the logs that a command configures: here its process is that of all tests."""
    mask = os.umask(0o077)
    names = (None, "urllib3", "apscheduler", "alembic", "sqlalchemy", "tenacity")
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = list(logging.getLogger().handlers)
    try:
        yield
    finally:
        os.umask(mask)
        logging.getLogger().handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def run_cli(site: Site, *arguments: str, environ: Mapping[str, str] | None = None) -> CliResult:
    """Run a command in this process, which saves the second that a new one costs."""
    written, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(written, "utf-8", newline="", write_through=True)
    wait = SystemClock.wait
    with pytest.MonkeyPatch.context() as patch, logs_restored():
        patch.setattr(SystemClock, "wait", lambda self, seconds: wait(self, min(seconds, 0.02)))
        patch.setenv("SYNCER_CONFIG", str(site.folder / "config.toml"))
        for name, value in (environ or {}).items():
            patch.setenv(name, value)
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as end,
        ):
            main(list(arguments))
    code = end.value.code
    assert isinstance(code, int)
    return CliResult(code, written.getvalue().decode("utf-8", "surrogateescape"), err.getvalue())
