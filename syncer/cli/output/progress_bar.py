"""A progress bar on stderr, if that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def is_visible(*, results_on_stdout: bool = False) -> bool:
    """Return whether a bar can be shown without mixing with results on the same terminal."""
    return sys.stderr.isatty() and not (results_on_stdout and sys.stdout.isatty())


@contextmanager
def progress_bar(label: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that takes how much is done and how much there is in all."""
    if not (shown and is_visible()):
        yield lambda done, total: None
        return
    # Imported here because rich is slow to import and most commands show no bar.
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)
