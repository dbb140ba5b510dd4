"""Many players in one daemon: does each start at once, and is each polled as promised?

    python -m benchmarks.many_players --players 12 --games 2000 --delay 0.2 --minutes 2
    python -m benchmarks.many_players --players 1000 --games 500 --minutes 16

A real daemon, with a key for each player and the usual request budget of a key, polls every game each time
from a simulated site in another process. Not a part of `./run bench`: it takes as long as it is told to.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncer.core.clock import SystemClock
from syncer.demo.http_server import Answer, Wire
from syncer.demo.request import ApiRequest
from syncer.demo.request_log import ReceivedRequest
from syncer.demo.server import DemoServer
from syncer.demo.world import World

from .measure import machine, memory
from .processes import SYNCER, environment, output_of

POINTS = (5, 5, 10)
HEAD = """
[database]
url = "{url}"
[api]
base_url = "{base_url}"
[schedule]
every = "{every}m"
idle_every = "{every}m"
play_every = "off"
jitter = "0s"
"""
ENTRY = """
[[players]]
username = "{name}"
api_username = "{name}"
api_key = "{key}"
games = {games}
unlocks = false
rank = false
sessions = false
"""
FIGURES = """
WITH r AS (SELECT player_id, started_at, finished_at, outcome,
                  row_number() OVER (PARTITION BY player_id ORDER BY id) AS number, id FROM runs),
     polls AS (SELECT player_id, julianday(started_at) * 86400 AS at,
                      lag(julianday(started_at) * 86400) OVER (PARTITION BY player_id ORDER BY id) AS before
               FROM r)
SELECT (SELECT count(*) FROM r),
       (SELECT count(*) FROM r WHERE outcome NOT IN ('ok', 'running', 'interrupted')),
       (SELECT (max(julianday(started_at)) - min(julianday(started_at))) * 86400 FROM r WHERE number = 1),
       (SELECT (max(julianday(finished_at)) - min(julianday(started_at))) * 86400 FROM r WHERE number = 1),
       (SELECT max(at - before) FROM polls),
       (SELECT count(*) FROM account_polls WHERE after_gap),
       (SELECT count(*) FROM targets JOIN snapshots USING (player_id, game_id) WHERE is_open)
"""


@dataclass(frozen=True)
class Options:
    players: int
    games: int
    delay: float
    minutes: float
    every: int


class SlowServer(DemoServer):
    """Answers each request after `delay` seconds."""

    delay = 0.0

    def respond(self, received: ReceivedRequest, request: ApiRequest, wire: Wire) -> Answer | None:
        time.sleep(self.delay)
        return super().respond(received, request, wire)

    def record(self, *_: object) -> None:
        """Keep nothing: thousands of answers would fill the memory."""


def main() -> None:
    """Run daemon and site, and print what the database and the daemon's process show."""
    if len(sys.argv) == 4 and sys.argv[1] == "--site":
        serve(int(sys.argv[2]), float(sys.argv[3]))
        return
    options = parse()
    with tempfile.TemporaryDirectory(prefix="players-") as folder, site(options) as base_url:
        print("\n".join(measure(Path(folder), base_url, options)))


def parse() -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_players", description=__doc__)
    parser.add_argument("--players", type=int, default=12)
    parser.add_argument("--games", type=int, default=2000, help="of each player")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that the site takes to answer")
    parser.add_argument("--minutes", type=float, default=2.0, help="how long the daemon runs")
    parser.add_argument("--every", type=int, default=15, help="minutes between two polls of a player")
    return Options(**vars(parser.parse_args()))


def key_of(number: int) -> str:
    return f"bench{number:027d}"


def serve(players: int, delay: float) -> None:
    world = World()
    for number in range(players):
        world.add_account(f"Player{number}", key_of(number))
    for game in range(1, 21):
        world.add_game(f"Game {game}", POINTS, game_id=game)
    SlowServer.delay = delay
    with SlowServer(world, SystemClock()) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


@contextmanager
def site(options: Options) -> Iterator[str]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.many_players",
        "--site",
        str(options.players),
        str(options.delay),
    ]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin
    assert child.stdout
    try:
        yield child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.wait(30)


def measure(folder: Path, base_url: str, options: Options) -> Iterator[str]:
    config = folder / "config.toml"
    config.touch(mode=0o600)
    url = f"sqlite:///{folder}/syncer.db"
    games = list(range(1, options.games + 1))  # the site has some; of the others it returns zeros
    entries = (ENTRY.format(name=f"Player{n}", key=key_of(n), games=games) for n in range(options.players))
    config.write_text(HEAD.format(url=url, base_url=base_url, every=options.every) + "".join(entries))
    output_of(folder, SYNCER, "db", "upgrade")
    child = subprocess.Popen((SYNCER, "-q", "run"), env=environment(folder), cwd=folder)
    began = time.monotonic()
    while time.monotonic() < began + options.minutes * 60 and child.poll() is None:
        time.sleep(1)
    cpu, resident, threads = cpu_seconds(child.pid), memory("VmRSS", child.pid), thread_count(child.pid)
    seconds, stopping = time.monotonic() - began, time.monotonic()
    child.send_signal(signal.SIGTERM)
    code = child.wait(60)
    stopped = time.monotonic() - stopping
    with closing(sqlite3.connect(folder / "syncer.db")) as connection:
        runs, failed, starts, first, longest, gaps, polled = connection.execute(FIGURES).fetchone()
    yield " · ".join(f"{name} {value}" for name, value in machine().items())
    yield f"{options.players} players, {options.games} games, {options.delay:g} s an answer, {seconds:.0f} s"
    yield f"runs {runs}, of these failed {failed}; polled targets {polled}"
    yield f"first runs began within {starts:.1f} s, and had all ended after {first or 0:.1f} s"
    promised = options.every * 60
    yield f"longest time between two runs of a player: {longest or 0:.0f} s of {promised}; gaps {gaps}"
    yield f"daemon: {cpu / seconds:.0%} of a core, {resident:.0f} MiB, {threads} threads at the end"
    yield f"stopped after {stopped:.1f} s with exit code {code}"


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def thread_count(process: int) -> int:
    return len(list(Path(f"/proc/{process}/task").iterdir()))


if __name__ == "__main__":
    main()
