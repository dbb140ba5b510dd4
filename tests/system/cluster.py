"""A cluster of processes: a planner, workers, a PostgreSQL and a simulated site with several players."""

import contextlib
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.store.db.engine import Database
from syncer.store.db.queue_schema import upgrade_queue
from tests.waiting import wait_until

from .simulated_site import KEY, Site, a_site

PLAYERS = tuple(f"Player{number}" for number in range(1, 5))
# The first digits of each key are those of the canary.
KEYS = {player: f"{KEY[:24]}{number:08d}" for number, player in enumerate(PLAYERS)}
DEAD_AFTER = 3.0
PLAYERS_SINCE = "SELECT count(DISTINCT player_id) FROM runs WHERE outcome = 'ok' AND id > :newest"


class Cluster:
    """Starts and ends the processes of a cluster. `url`: of a PostgreSQL database."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.processes: list[subprocess.Popen[str]] = []
        self.database = Database(site.url, queue_schema="syncer_queue")

    def configure(
        self, *, every: str = "2s", enabled: str = "true", players: tuple[str, ...] = PLAYERS
    ) -> None:
        """Write a configuration in which each player has a key."""
        path = self.site.configure(every=every)
        head = path.read_text().partition("[[players]]")[0]
        blocks = [
            f'[[players]]\nusername = "{player}"\napi_username = "{player}"\n'
            f'api_key_file = "{player}/key"\ngames = [1, 2, 3, 4]\n'
            for player in players
        ]
        cluster = f'[cluster]\nenabled = {enabled}\ndead_after = "{DEAD_AFTER:g}s"\n'
        path.write_text(head + "".join(blocks) + cluster)
        for player in players:
            folder = self.site.folder / player
            folder.mkdir(exist_ok=True)
            (folder / "key").write_text(KEYS[player])
            (folder / "key").chmod(0o600)

    def start(self, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
        process = self.site.start(*arguments, **more)
        self.processes.append(process)
        return process

    def scalar(self, statement: str, **values: Any) -> Any:
        with self.database.reading() as tx:
            return tx.execute(sa.text(statement), values).scalar()

    def runs(self, outcome: str) -> int:
        return int(self.scalar("SELECT count(*) FROM runs WHERE outcome = :outcome", outcome=outcome))

    def wait_for_runs(self, count: int) -> None:
        """Wait until so many have succeeded."""
        wait_until(lambda: self.runs("ok") >= count)

    def wait_for_a_run_of_each(self) -> None:
        """Wait until a run of each player has begun after now, and succeeded."""
        newest = int(self.scalar("SELECT coalesce(max(id), 0) FROM runs"))
        wait_until(lambda: self.scalar(PLAYERS_SINCE, newest=newest) == len(PLAYERS))

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        self.database.close()


@contextlib.contextmanager
def a_cluster(folder: Path, url: str) -> Iterator[Cluster]:
    """Yield a cluster whose database has the newest schema, and in which nothing runs yet."""
    with a_site(folder, url) as site:
        site.prepare_database()
        for player in PLAYERS:
            site.world.add_account(player, KEYS[player])
            site.world.earn(player, 1, 2, SystemClock().now() - timedelta(hours=1))
        cluster = Cluster(site)
        cluster.configure()
        upgrade_queue(cluster.database)
        try:
            yield cluster
        finally:
            cluster.close()
