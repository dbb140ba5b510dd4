"""A real terminal of any size, and what a command writes to it."""

import fcntl
import os
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

ROWS = 24


def run_on_terminal(
    command: Sequence[str], columns: int, environ: Mapping[str, str], *, cwd: Path, typed: bytes = b""
) -> str:
    """Return what a command has written to a terminal, its stdout and stderr, with plain line ends."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    env = {name: value for name, value in environ.items() if name not in ("COLUMNS", "LINES")}
    env = {"TERM": "xterm", **env}
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd)
    os.close(slave)
    os.write(master, typed)
    written = b""
    try:
        while part := os.read(master, 65536):
            written += part
    except OSError:  # Linux reports the end of the other side as an error
        pass
    finally:
        os.close(master)
        process.wait()
    return written.decode().replace("\r\n", "\n")
