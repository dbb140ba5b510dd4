"""syncer demo"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.app import App, open_app
from syncer.cli.output.characters import cell_width
from syncer.cli.output.table import SEPARATOR, Column, print_table
from syncer.cli.output.times import format_local
from syncer.cli.support.web_server import serve_pages
from syncer.config import Config, load
from syncer.core.errors import BindError
from syncer.core.events import Event, RunEnded
from syncer.core.formats.text import format_duration
from syncer.core.model.schedule import IntervalSchedule
from syncer.demo.clock import DemoClock
from syncer.demo.scenario import Scenario
from syncer.demo.seed import GAMES, HERON, HERON_KEY, MOSS, MOSS_KEY, demo_world
from syncer.demo.server import DemoServer
from syncer.demo.timelines import THREE_WEEKS
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock
from syncer.run.signals import stop_on_signals
from syncer.run.startup import prepare_schema
from syncer.telemetry import log

if TYPE_CHECKING:
    from syncer.web.asgi.server import PageServer

FAST = IntervalSchedule(timedelta(hours=2))  # while three weeks pass in a few seconds
LIVE = IntervalSchedule(timedelta(seconds=10))
MAX_LISTED_CHANGES = 10
LINE_WIDTH = 80
MIN_TITLE_WIDTH = 12
CHANGE_COLUMNS: tuple[str | Column, ...] = ("when", "player", "game", "unlocked", "points", "change")
TITLE = 2  # its place in CHANGE_COLUMNS


@click.command()
@click.option("--once", is_flag=True, help="Stop when three weeks have passed.")
def demo(once: bool) -> None:
    """Run the real daemon against a simulated site; needs no key.

    Three weeks pass in a few seconds, then it continues live until Ctrl-C.
    """
    # Not deleted at the end: the last line invites the user to query the database.
    folder = Path(tempfile.mkdtemp(prefix="syncer-demo-"))
    clock = DemoClock(THREE_WEEKS)
    stop_on_signals(clock)
    with simulated_site(clock) as server, open_app(configuration(folder, server.base_url), clock) as app:
        log.configure("warning", "text", [HERON_KEY, MOSS_KEY])
        click.echo("Two invented players, a simulated site on this machine, the real daemon, SQLite.")
        run_three_weeks(app, clock)
        show_result(app, len(server.requests))
        if once:
            click.echo(f"\nThe database: {app.database.path}\nTry it live: ./run demo")
            return
        run_live(app, clock)
    click.echo(f"\nEnded. The database is {folder / 'demo.db'}; query it with sqlite3, or delete it.")


def simulated_site(clock: DemoClock) -> DemoServer:
    world = demo_world()
    return DemoServer(world, clock, Scenario(world, 1, clock.now()))


def configuration(folder: Path, base_url: str) -> Config:
    """Return two players with their own keys, and a request budget without a practical limit."""
    values = {
        "SYNCER_DATABASE__URL": f"sqlite:///{folder / 'demo.db'}",
        "SYNCER_API__BASE_URL": base_url,
        # Only an address of this machine may have more than 60 (config/build.py).
        "SYNCER_API__REQUESTS_PER_MINUTE": "60000",
        "SYNCER_API__BURST": "30000",
        "SYNCER_SCHEDULE__JITTER": "0s",
    }
    for number, (name, key) in enumerate(((HERON, HERON_KEY), (MOSS, MOSS_KEY))):
        values[f"SYNCER_PLAYERS__{number}__USERNAME"] = name
        values[f"SYNCER_PLAYERS__{number}__API_USERNAME"] = name
        values[f"SYNCER_PLAYERS__{number}__API_KEY"] = key
        values[f"SYNCER_PLAYERS__{number}__GAMES"] = ",".join(map(str, GAMES[name]))
    # An empty file, so that no configuration of this user is found.
    empty = folder / "config.toml"
    empty.touch()
    return replace(load(empty, values), schedule=FAST, gap_after=timedelta(minutes=30))


def run_three_weeks(app: App, clock: DemoClock) -> None:
    """Run what is due, each poll through a real request, until the clock reaches the present."""
    prepare_schema(app)
    syncers = app.syncers([], interactive=False)

    def run_due() -> None:
        for syncer in syncers:
            syncer.run_once("schedule", only_due=True)

    def next_due() -> datetime | None:
        dues = [app.queries.players.next_due(player.id) for player in app.queries.players.select()]
        return min((due for due in dues if due), default=None)

    started = clock.monotonic()
    clock.catch_up(next_due, run_due)
    every, seconds = format_duration(FAST.interval.total_seconds()), clock.monotonic() - started
    click.echo(f"Three weeks, polled every {every}, passed in {seconds:.0f} s.\n")


def show_result(app: App, requests: int) -> None:
    """Print what three weeks have left in the database."""
    rows, changes = [], []
    for player in app.queries.players.select():
        latest = app.queries.history.state_at(
            player.id, app.clock.now(), app.clock.now(), app.config.gap_after
        )
        snapshots = [
            snapshot
            for row in latest
            for snapshot in app.queries.history.snapshots(player.id, row["game_id"], None, None)
        ]
        changes += [snapshot for snapshot in snapshots if snapshot["kind"] != "baseline"]
        unlocked, points = (sum(row[name] for row in latest) for name in ("num_achieved", "score_achieved"))
        polls = sum(snapshot["poll_count"] for snapshot in snapshots)
        rows.append([player.username, len(latest), unlocked, points, polls, len(snapshots)])
    print_table(["player", "games", "unlocked", "points", "polls", "snapshots"], rows)
    click.echo(f"\n{requests:,} requests. The newest changes:\n")
    newest = sorted(changes, key=lambda c: (c["first_seen_at"], c["id"]))[-MAX_LISTED_CHANGES:]
    columns, cells = list(CHANGE_COLUMNS), [change_cells(change, app) for change in newest]
    columns[TITLE] = Column("game", MIN_TITLE_WIDTH, max_width=title_width(cells))
    print_table(columns, cells)


def title_width(cells: Sequence[Sequence[object]]) -> int:
    """Return how wide a title may be in a line of 80 cells, given what the other columns need."""
    columns = list(zip([str(column) for column in CHANGE_COLUMNS], *cells, strict=True))
    others = [max(cell_width(str(text)) for text in column) for column in columns]
    del others[TITLE]
    return max(MIN_TITLE_WIDTH, LINE_WIDTH - sum(others) - len(SEPARATOR) * len(others))


def change_cells(change: dict[str, object], app: App) -> list[object]:
    seen_at = change["first_seen_at"]
    assert isinstance(seen_at, datetime)
    return [
        format_local(seen_at, app),
        change["username"],
        change["title"] or f"game {change['game_id']}",
        f"{change['num_achieved']}/{change['num_possible_achievements']}",
        f"{change['score_achieved_delta']:+d}",
        change["kind"],
    ]


def run_live(app: App, clock: DemoClock) -> None:
    """Run the real daemon with the pages, and print each change, until Ctrl-C."""
    interval = format_duration(LIVE.interval.total_seconds())
    click.echo(f"\nNow live, polled every {interval}. Ctrl-C ends it.\n")
    live_app = App(replace(app.config, schedule=LIVE), app.clock, app.database, app.queries, app.writers)
    printer = ChangePrinter(app)
    lock = WriterLock(app.database, clock)
    lock.acquire()
    try:
        with demo_pages(live_app) as server:
            clock.on_stop(server.ask_to_stop)
            click.echo(f"See it in your browser: {server.address}\n")
            Daemon(live_app, lock, clock, [printer]).run()
    finally:
        lock.release()


class ChangePrinter:
    """An event handler that prints the changes that each run has stored."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._last_id = max((change["id"] for change in app.queries.history.changes_after(0)), default=0)

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunEnded) and event.report.snapshots_added:
            for change in self._app.queries.history.changes_after(self._last_id):
                self._last_id = max(self._last_id, change["id"])
                when, player, title, unlocked, points, kind = change_cells(change, self._app)
                click.echo(f"{when}  {player}  {title}  {unlocked}  {points} points  {kind}")


@contextmanager
def demo_pages(app: App) -> "Iterator[PageServer]":
    """Serve the pages on the configured port, or on a free one where that is taken."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(serve_pages(app, "127.0.0.1", app.config.web.port))
        except BindError:
            server = stack.enter_context(serve_pages(app, "127.0.0.1", 0))
        yield server
