"""The progress of runs on a terminal: which player is polled, how far, and how long it takes."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncer.core.events import BackfillProgress, BatchRecorded, Event, RunStarted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

UNLOCKS = "unlocks"  # in BackfillProgress.what
ESTIMATE_OVER = (
    300.0  # seconds of answers that the remaining time is estimated from; two may be a minute apart
)


class RunBars:
    """Bars of the player whose run is under way; those of earlier ones are removed.

    `missing_unlocks`: returns how many unlocks of a player are counted but not stored yet.
    """

    def __init__(
        self, bars: "Progress | None", players: Sequence[str], missing_unlocks: Callable[[str], int]
    ) -> None:
        self._bars, self._players, self._missing_unlocks = bars, players, missing_unlocks
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int | None] = {}

    def begin(self, player: str) -> None:
        """Show whose run begins, and how many players there are."""
        if self._bars is None:
            return
        for task in self._tasks.values():
            self._bars.remove_task(task)
        self._tasks.clear()
        self._totals.clear()
        self._tasks[player] = self._bars.add_task(self._label(player), total=None)

    def _label(self, player: str) -> str:
        count = len(self._players)
        return f"{self._players.index(player) + 1} of {count}: {player}" if count > 1 else player

    def __call__(self, event: Event) -> None:
        """Draw an event."""
        if self._bars is None:
            return
        if isinstance(event, RunStarted) and event.player in self._tasks:
            self._bars.update(self._tasks[event.player], total=event.targets)
        elif isinstance(event, BatchRecorded) and event.player in self._tasks:
            self._bars.advance(self._tasks[event.player], event.decision.verdicts.total())
        elif isinstance(event, BackfillProgress):
            self._draw_backfill(self._bars, event)

    def _draw_backfill(self, bars: "Progress", event: BackfillProgress) -> None:
        what, count = event.what, event.count
        if what not in self._tasks:
            self._totals[what] = event.total or self._estimate(event)
            self._tasks[what] = bars.add_task(f"  {what}", total=self._totals[what])
        total = event.total or self._totals[what]
        # The list has also the unlocks of games that are not followed: then its length is unknown after all.
        about = "" if event.total else "about "
        of = f" of {about}{total:,}" if total and count <= total else ""
        total = total and max(total, count)
        bars.update(self._tasks[what], completed=count, total=total, description=f"  {what}: {count:,}{of}")

    def _estimate(self, event: BackfillProgress) -> int | None:
        """Return the length of a list that does not announce it (site-api.md 5.8), by what is missing."""
        missing = self._missing_unlocks(event.player) if event.what == UNLOCKS else 0
        return event.count + missing if missing else None


@contextmanager
def run_bars(players: Sequence[str], missing_unlocks: Callable[[str], int]) -> Iterator[RunBars]:
    """Yield the bars of runs; where stderr is no terminal, they draw nothing."""
    if not sys.stderr.isatty():
        yield RunBars(None, players, missing_unlocks)
        return
    # Imported here because rich is slow to import, and cron has no terminal.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TimeRemainingColumn(compact=True))
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, speed_estimate_period=ESTIMATE_OVER) as bars:
        yield RunBars(bars, players, missing_unlocks)
