"""A progress bar for what takes long; on a terminal only, and never among the results."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def wanted(*, results_on_stdout: bool = False) -> bool:
    return sys.stderr.isatty() and not (results_on_stdout and sys.stdout.isatty())


@contextmanager
def bar(label: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Yields what to call with how much is done, of how much."""
    if not (shown and wanted()):
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(label, total=None)
        yield lambda done, total: drawn.update(task, completed=done, total=total or None)
