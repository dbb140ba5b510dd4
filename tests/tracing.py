"""Which tests coverage traces: on Python 3.11 a traced test takes three times its time."""

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

# What these tests run of the program, those of the core, the store, the pages and the commands run, too.
UNTRACED = ("tests/browser/", "tests/month/", "tests/oracle/")
SECOND_DIALECT = "[postgres"  # the same test on SQLite is traced


def tracing_of(nodeid: str) -> AbstractContextManager[None]:
    """Return the context in which this test runs: as everything runs, or untraced."""
    return nullcontext() if is_traced(nodeid) else untraced()


def is_traced(nodeid: str) -> bool:
    return not nodeid.startswith(UNTRACED) and SECOND_DIALECT not in nodeid


@contextmanager
def untraced() -> Iterator[None]:
    """Suspend the tracing of this thread, and of the threads that it starts."""
    here, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        sys.settrace(here)
        threading.settrace(in_threads)
