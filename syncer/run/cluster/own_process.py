"""Execute one run in a separate process: if the run kills it, no other run dies with it."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled

POLL_INTERVAL = 0.25  # seconds
STDIN = 0


def run_in_own_process(command: Sequence[str], clock: SystemClock) -> int:
    """Run a command of this program; return its exit code, or minus the signal that ended it.

    It ends when this process does, however this one ends. Raises Cancelled when a stop is requested.
    """
    process = subprocess.Popen([sys.executable, "-m", "syncer", *command], stdin=subprocess.PIPE)
    try:
        while process.poll() is None:
            clock.wait(POLL_INTERVAL)
    except Cancelled:
        process.terminate()
        process.wait()
        raise
    finally:
        if process.stdin:
            process.stdin.close()
    return process.returncode or 0


def stop_with_parent(clock: SystemClock) -> None:
    """Stop this process when the one that started it ends, and with it the other end of standard input."""

    def watch() -> None:
        # Not sys.stdin.read: the interpreter aborts at its end while a thread holds that object's lock.
        with suppress(OSError):
            while os.read(STDIN, 1):
                pass
        clock.stop()

    threading.Thread(target=watch, name="parent", daemon=True).start()
