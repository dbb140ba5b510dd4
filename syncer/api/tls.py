"""TLS contexts that connections share: each holds all authorities, 0.7 MiB that take 15 ms to read."""

import os
import ssl
import threading

from urllib3.util.ssl_ import create_urllib3_context

_contexts: dict[str, tuple[tuple[int, ...], ssl.SSLContext]] = {}
_lock = threading.Lock()  # players connect at the same time


def shared_context(ca_file: str) -> ssl.SSLContext:
    """Return the process's context for the authorities in a file; a new one if the file has changed.

    It checks certificates and names as a context that urllib3 makes for a connection. Raises OSError for a
    file that cannot be read or holds no certificate.
    """
    found = os.stat(ca_file)
    stamp = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
    with _lock:
        known = _contexts.get(ca_file)
        if known and known[0] == stamp:
            return known[1]
        context = create_urllib3_context()
        context.load_verify_locations(ca_file)
        _contexts[ca_file] = stamp, context
        return context
