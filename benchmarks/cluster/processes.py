"""The processes of a cluster: each has its clock, its address and its log; a dead one is started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.measure import memory

from .options import Options

HOOKS = Path(__file__).with_name("child_hooks")
ROOT = Path(__file__).parents[2]
STOP_TIMEOUT = 60.0


@dataclass
class Member:
    """One process, or the one that has replaced it. `peak`: its memory in MiB, the greatest of all."""

    name: str
    arguments: tuple[str, ...]
    clock_offset: float
    process: subprocess.Popen[bytes] | None = None
    address: str = ""
    peak: float = 0.0
    exits: list[int] = field(default_factory=list)  # that were not asked for
    is_target: bool = False  # it is killed soon, by whoever set this

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid


class Cluster:
    """The planner and the workers, or a daemon alone. Kills and stops only what it started."""

    def __init__(self, options: Options, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)
        self.dead: set[str] = set()
        spread, workers = options.clock_spread, options.workers
        step = spread / (workers - 1) if workers > 1 else 0.0
        self.planner = Member("planner" if workers else "daemon", ("run",), 0.0)
        arguments = ("worker", "--concurrency", str(options.concurrency))
        self.workers = [
            Member(f"worker{number}", arguments, step * number - spread / 2) for number in range(workers)
        ]

    @property
    def members(self) -> list[Member]:
        return [self.planner, *self.workers]

    def start(self) -> None:
        for member in self.members:
            self._start(member)

    def _start(self, member: Member) -> None:
        number = next(self._numbers)
        member.address = f"127.1.{number // 250}.{number % 250 + 1}"
        paths = [str(HOOKS), str(ROOT)]
        env = {name: value for name, value in os.environ.items() if not name.startswith("SYNCER_")}
        env |= {
            "PYTHONPATH": os.pathsep.join(paths),
            "SYNCER_CONFIG": str(self._folder / "config.toml"),
            "CLUSTER_CLOCK_OFFSET": str(member.clock_offset),
            "CLUSTER_SOURCE_ADDRESS": member.address,
            "NO_COLOR": "1",
        }
        with (self._folder / f"{member.name}.log").open("ab") as log:
            command = [sys.executable, "-m", "syncer", *member.arguments]
            member.process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)

    def watch(self) -> None:
        """Read the memory of each process, and start again what has ended by itself."""
        for member in self.members:
            assert member.process
            code = member.process.poll()
            if code is None:
                with suppress(OSError, ValueError):  # it ends just now
                    member.peak = max(member.peak, memory("VmHWM", member.pid))
            elif not member.is_target:
                member.exits.append(code)
                self.dead.add(member.address)
                self._start(member)

    def kill(self, member: Member) -> None:
        """End a process at once, as the lack of memory does. It is started again by `restart`."""
        assert member.process
        member.process.kill()
        member.process.wait()
        self.dead.add(member.address)

    def restart(self, member: Member) -> None:
        self._start(member)

    def stop(self) -> dict[str, tuple[int | None, float]]:
        """Ask all to stop; return by name the exit code, None where it had to be killed, and the seconds."""
        began, ended = time.monotonic(), dict[str, tuple[int | None, float]]()
        running = [member for member in self.members if member.process and member.process.poll() is None]
        for member in running:
            assert member.process
            member.process.send_signal(signal.SIGTERM)
        for member in running:
            assert member.process
            code: int | None = None
            with suppress(subprocess.TimeoutExpired):
                code = member.process.wait(max(0.1, began + STOP_TIMEOUT - time.monotonic()))
            ended[member.name] = code, time.monotonic() - began
        self.kill_all()
        return ended

    def kill_all(self) -> None:
        for member in self.members:
            if member.process and member.process.poll() is None:
                member.process.kill()
                member.process.wait()

    def log_lines(self, words: Sequence[str]) -> list[str]:
        """Return the lines of all logs that contain one of the words."""
        lines = []
        for path in sorted(self._folder.glob("*.log")):
            for line in path.read_text(errors="replace").splitlines():
                if any(word in line for word in words):
                    lines.append(f"{path.stem}: {line}")
        return lines
