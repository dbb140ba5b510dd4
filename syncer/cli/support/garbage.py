"""Keep Python's search for garbage away from what was imported, which is no garbage until the process ends.

These objects are nearly all that a short command makes. To walk through them again and again takes a quarter
of the time of `syncer status`.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import without a search, and leave what was imported out of all later ones."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
