"""syncer demo"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from syncer.app import App, open_app
from syncer.cli.output.demo_result import change_line, show_result
from syncer.cli.support.web_server import serve_pages
from syncer.config import Config, load
from syncer.core.errors import BindError
from syncer.core.events import Event, RunEnded
from syncer.core.formats.text import format_duration
from syncer.core.model.schedule import IntervalSchedule
from syncer.demo.clock import DemoClock
from syncer.demo.library import add_library
from syncer.demo.scenario import Scenario
from syncer.demo.seed import GAMES, HERON, HERON_KEY, MOSS, MOSS_KEY, demo_world
from syncer.demo.server import DemoServer
from syncer.demo.timelines import THREE_WEEKS
from syncer.run.daemon import Daemon
from syncer.run.jobs import WAKE_INTERVAL
from syncer.run.lock import WriterLock
from syncer.run.signals import stop_on_signals
from syncer.run.startup import prepare_schema
from syncer.telemetry import log

if TYPE_CHECKING:
    from syncer.web.asgi.server import PageServer

FAST = IntervalSchedule(timedelta(hours=1))  # while three weeks pass in a few seconds
LIVE = IntervalSchedule(timedelta(minutes=1))
PLAY_EVERY = timedelta(minutes=15)
JOINS_BEFORE_END = timedelta(days=3)  # the second player, who is added to the configuration then
CONFIG = "config.toml"
CONFIG_TEXT = """\
# Enough for commands that read. The players are invented, so there is no key, and no site to ask.
[database]
url = "sqlite:///demo.db"
"""
BATCH_SIZE = 10  # so that 112 games are as many requests as more than 1,000 are with the usual 100


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
    with (
        simulated_site(clock) as server,
        open_app(configuration(folder, server.base_url), clock, is_disposable=True) as app,
    ):
        log.configure("warning", "text", [HERON_KEY, MOSS_KEY])
        click.echo("Two invented players, a simulated site on this machine, the real daemon, SQLite.")
        run_three_weeks(app, clock)
        show_result(app, server.requests)
        if once:
            click.echo(f"\n{next_commands(folder)}\nTry it live: {command('demo')}")
            return
        run_live(app, clock)
    click.echo(f"\nEnded.\n{next_commands(folder)}")


def next_commands(folder: Path) -> str:
    """Return where the database is, and what to type to look into it."""
    # ./run does not install syncer: Python finds it in this folder only.
    here = "" if command("").startswith("syncer") else ", in this folder"
    return (
        f"The database: {folder / 'demo.db'}\n"
        f"Look into it{here} (also: games, unlocks, changes, review, diff 7d, serve):\n"
        f"  {command(f'--config {quote(str(folder / CONFIG))} status')}\n"
        "Delete the folder when you are done."
    )


def command(words: str) -> str:
    """Return a command in the way in which this one was typed: ./run has no other verb than demo."""
    if Path(sys.argv[0]).name != "__main__.py":
        return f"syncer {words}"
    return "./run demo" if words == "demo" else f"{os.path.relpath(sys.executable)} -m syncer {words}"


def simulated_site(clock: DemoClock) -> DemoServer:
    world, start = demo_world(), clock.now()
    add_library(world, start)
    return DemoServer(world, clock, Scenario(world, 1, start))


def configuration(folder: Path, base_url: str) -> Config:
    """Return two players with their own keys, small batches, and a budget without a practical limit."""
    values = {
        "SYNCER_API__BASE_URL": base_url,
        # Only an address of this machine may have more than 60 (config/build.py).
        "SYNCER_API__REQUESTS_PER_MINUTE": "60000",
        "SYNCER_API__BURST": "30000",
        "SYNCER_SCHEDULE__JITTER": "0s",
        "SYNCER_API__BATCH_SIZE": str(BATCH_SIZE),
    }
    for number, (name, key) in enumerate(((HERON, HERON_KEY), (MOSS, MOSS_KEY))):
        values[f"SYNCER_PLAYERS__{number}__USERNAME"] = name
        values[f"SYNCER_PLAYERS__{number}__API_USERNAME"] = name
        values[f"SYNCER_PLAYERS__{number}__API_KEY"] = key
        values[f"SYNCER_PLAYERS__{number}__GAMES"] = ",".join(["played", *map(str, GAMES[name])])
    # In a file, so that commands that read find the database, and no configuration of this user is found.
    config = folder / CONFIG
    config.write_text(CONFIG_TEXT, "utf-8")
    return replace(load(config, values), schedule=FAST, play_every=PLAY_EVERY)


def run_three_weeks(app: App, clock: DemoClock) -> None:
    """Run what is due, each poll through a real request, until the clock reaches the present."""
    prepare_schema(app)
    syncers = app.syncers([], interactive=False)
    dues = [clock.now(), clock.now() + THREE_WEEKS - JOINS_BEFORE_END]

    def run_due() -> None:
        for number, syncer in enumerate(syncers):
            if dues[number] <= clock.now():
                syncer.run_once("schedule", only_due=True)
                # As the daemon does: what a run leaves due must not start one run after the other.
                soonest = clock.now() + WAKE_INTERVAL
                dues[number] = max(syncer.next_wake() or soonest, soonest)

    started = clock.monotonic()
    clock.catch_up(lambda: min(dues), run_due)
    seconds = clock.monotonic() - started
    every, playing = (format_duration(t.total_seconds()) for t in (FAST.interval, PLAY_EVERY))
    click.echo(f"Three weeks, polled every {every} ({playing} during play), passed in {seconds:.0f} s.\n")


def run_live(app: App, clock: DemoClock) -> None:
    """Run the real daemon with the pages, and print each change, until Ctrl-C."""
    interval = format_duration(LIVE.interval.total_seconds())
    click.echo(f"\nNow live, polled every {interval}. Ctrl-C ends it.\n")
    live_app = app.with_config(replace(app.config, schedule=LIVE))
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
            queries = self._app.queries
            for change in queries.details.of(queries.history.changes_after(self._last_id)):
                self._last_id = max(self._last_id, change["id"])
                click.echo(change_line(change, self._app))


@contextmanager
def demo_pages(app: App) -> "Iterator[PageServer]":
    """Serve the pages on the configured port, or on a free one where that is taken."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(serve_pages(app, "127.0.0.1", app.config.web.port))
        except BindError:
            server = stack.enter_context(serve_pages(app, "127.0.0.1", 0))
        yield server
