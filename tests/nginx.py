"""A real nginx for the tests: one process on a free port, stopped with this one."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from .postgres import die_with_parent
from .waiting import PATIENCE

PROGRAM = shutil.which("nginx") or "/usr/sbin/nginx"  # not in the PATH of every user
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
CONFIG = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {temporary}
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, locations: str) -> Iterator[str]:
    """Run nginx with these locations; yield its address without a slash at its end."""
    if not Path(PROGRAM).exists():
        pytest.skip("nginx is not there; on Debian: apt-get install nginx-light")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, locations=locations, temporary=temporary))
    process = subprocess.Popen(
        [PROGRAM, "-p", folder, "-c", config, "-e", folder / "error.log"], preexec_fn=die_with_parent
    )
    try:
        wait_for_port(port, process, folder / "error.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(log.read_text())
