"""The demo server in a separate process, so that its memory counts for no side: `-m benchmarks.site N`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.core.clock import SystemClock
from syncer.core.model.progress import GameId
from syncer.demo.server import DemoServer
from syncer.demo.world import World

KEY = "bench0key0of0thirty2letters00000"  # opens nothing but this server
PLAYER = "Tester"
POINTS = (5, 5, 10, 10, 25, 50)


def games(count: int) -> tuple[GameId, ...]:
    return tuple(range(3, 3 * count + 3, 3))


def world(count: int) -> World:
    made, now = World(), SystemClock().now()
    made.add_account(PLAYER, KEY)
    for game in games(count):
        made.add_game(f"Game {game}", POINTS, game_id=game)
        made.earn(PLAYER, game, game % len(POINTS), now)
    return made


@contextmanager
def serving(count: int) -> Iterator[str]:
    """Serve so many games; yields the base URL."""
    command = [sys.executable, "-m", "benchmarks.site", str(count)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin
    assert child.stdout
    try:
        yield child.stdout.readline().strip()
    finally:
        child.stdin.close()  # the server stops at the end of its input
        child.wait(10)


def main() -> None:
    with DemoServer(world(int(sys.argv[1])), SystemClock()) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
