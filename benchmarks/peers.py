"""Recording the same 10,000 polls, beside what others do with them: dlt, sqlite-utils, pandas.

Most of them keep each poll, or the newest one only; dlt's scd2 keeps changes, as the product does.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from syncer.store.db.engine import Database

from .measure import Clocked, Result, middle, timed
from .one_poll import EVERY, START, Product, Site, as_response
from .peer import PEERS

HOME = Path(__file__).parents[1]
PYTHON = HOME / ".venv-peers" / "bin" / "python"
INSTALL = "python3 -m venv .venv-peers && .venv-peers/bin/pip install -r requirements-peers.lock"
TURNS = 7
GOALS = {"dlt scd2": 1 / 8}  # of its CPU


class Peer:
    """A peer that waits in its own process for the next pass."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        folder.mkdir()
        self._process = subprocess.Popen(
            (PYTHON, HOME / "benchmarks" / "peer.py", name, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def record(self, number: int) -> Clocked:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        wall, cpu = json.loads(self._process.stdout.readline())
        return Clocked.of(wall, cpu)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


def benchmark(folder: Path) -> Iterator[Result]:
    if not PYTHON.exists():
        print(f"peers: skipped, as they are not installed. To install them: {INSTALL}")
        return
    with ExitStack() as stack:
        peers = [Peer(name, folder / name.replace(" ", "-")) for name in PEERS]
        for peer in peers:
            stack.callback(peer.close)
        turns = measure(Product(Database(f"sqlite:///{folder / 'product.db'}")), peers)
    product = [own for own, _ in turns]
    for index, peer in enumerate(peers):
        yield against(peer.name, [others[index] for _, others in turns], product)


def measure(product: Product, peers: Sequence[Peer]) -> list[tuple[Clocked, list[Clocked]]]:
    """Return the times of alternate passes, after one to warm up."""
    site = Site()
    product.prepare(site)
    turns = []
    for number in range(1, TURNS + 2):
        others = [peer.record(number) for peer in peers]
        turns.append((record(product, site, number), others))
    product.database.close()
    return turns[1:]


def record(product: Product, site: Site, number: int) -> Clocked:
    site.change(number)
    responses = [(tuple(one), as_response(one)) for one in site.responses(500)]
    at = START + EVERY * number
    run = product.writers.runs.open_run(product.player, "bench", at)
    return timed(lambda: product.record(run, responses, at))


def against(name: str, peer: Sequence[Clocked], product: Sequence[Clocked]) -> Result:
    """Return a result whose ratio is of CPU: a machine that is busy with others changes the times."""
    baseline, own = middle(peer), middle(product)
    assert baseline.cpu
    assert own.cpu
    title = f"record a pass, SQLite, beside {name} (ratio of CPU)"
    return Result(title, baseline, own, "ms", GOALS.get(name), own.cpu / baseline.cpu)
