"""syncer demo"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.app import App, open_app, prepare_schema
from syncer.cli.output.table import table
from syncer.cli.support.context import format_local
from syncer.cli.support.web_server import serve_pages
from syncer.config import Config, load
from syncer.core.errors import BindError
from syncer.core.events import Event, RunEnded
from syncer.core.formats.text import format_duration
from syncer.core.model.schedule import IntervalSchedule
from syncer.demo.clock import DemoClock
from syncer.demo.scenario import Scenario
from syncer.demo.seed import GAMES, HERON, HERONS_KEY, MOSS, MOSSES_KEY, demo_world
from syncer.demo.server import DemoServer
from syncer.run.daemon import Daemon
from syncer.run.lock import WriterLock
from syncer.run.signals import stop_on_signals
from syncer.telemetry import log

if TYPE_CHECKING:
    from syncer.web.asgi.server import PageServer

THREE_WEEKS = timedelta(days=21)
FAST = IntervalSchedule(timedelta(hours=2))  # while three weeks pass in a few seconds
LIVE = IntervalSchedule(timedelta(seconds=10))


@click.command()
@click.option("--once", is_flag=True, help="Stop when three weeks have passed.")
def demo(once: bool) -> None:
    """The real daemon against a simulated RetroAchievements; needs no key.

    Three weeks pass in a few seconds, then it goes on live until Ctrl-C.
    """
    folder = Path(tempfile.mkdtemp(prefix="syncer-demo-"))
    clock = DemoClock(THREE_WEEKS)
    stop_on_signals(clock)
    start = clock.now()
    with serve(clock) as server, open_app(configuration(folder, server.base_url), clock) as app:
        log.configure("warning", "text", [HERONS_KEY, MOSSES_KEY])
        click.echo("Two invented players, a simulated site on this machine, the real daemon, SQLite.")
        live_through(app, clock)
        show(app, start, len(server.requests))
        if once:
            click.echo(f"\nThe database: {app.database.path}\nTry it live: ./run demo")
            return
        watch(app, clock)
    click.echo(f"\nEnded. The database is {folder / 'demo.db'}; ask it with sqlite3, or delete it.")


def serve(clock: DemoClock) -> DemoServer:
    world = demo_world()
    return DemoServer(world, clock, Scenario(world, 1, clock.now()))


def configuration(folder: Path, base_url: str) -> Config:
    """Two players, each with their own key; the budget is lifted, for the site is our own."""
    values = {
        "SYNCER_DATABASE__URL": f"sqlite:///{folder / 'demo.db'}",
        "SYNCER_API__BASE_URL": base_url,
        "SYNCER_API__REQUESTS_PER_MINUTE": "60000",
        "SYNCER_API__BURST": "30000",
        "SYNCER_SCHEDULE__JITTER": "0s",
    }
    for number, (name, key) in enumerate(((HERON, HERONS_KEY), (MOSS, MOSSES_KEY))):
        values[f"SYNCER_PLAYERS__{number}__USERNAME"] = name
        values[f"SYNCER_PLAYERS__{number}__API_USERNAME"] = name
        values[f"SYNCER_PLAYERS__{number}__API_KEY"] = key
        values[f"SYNCER_PLAYERS__{number}__GAMES"] = ",".join(map(str, GAMES[name]))
    empty = folder / "config.toml"
    empty.touch()
    return replace(load(empty, values), schedule=FAST, gap_after=timedelta(minutes=30))


def live_through(app: App, clock: DemoClock) -> None:
    """Three weeks of looks, each passed through a real request."""
    prepare_schema(app)
    syncers = app.syncers([], interactive=False)

    def wake() -> None:
        for syncer in syncers:
            syncer.run_once("schedule", only_due=True)

    def next_due() -> datetime | None:
        dues = [app.queries.players.next_due(who.id) for who in app.queries.players.select()]
        return min((due for due in dues if due), default=None)

    started = clock.monotonic()
    clock.run_until_met(next_due, wake)
    click.echo(f"Three weeks, looked at every two hours, passed in {clock.monotonic() - started:.0f} s.\n")


def show(app: App, start: datetime, requests: int) -> None:
    """What three weeks have left in the database."""
    rows, changes = [], []
    for who in app.queries.players.select():
        latest = app.queries.history.state_at(who.id, app.clock.now(), app.clock.now(), app.config.gap_after)
        stretches = {
            row["game_id"]: app.queries.history.snapshots(who.id, row["game_id"], None, None)
            for row in latest
        }
        changes += [s for found in stretches.values() for s in found if s["kind"] != "baseline"]
        points = sum(row["score_achieved"] for row in latest)
        looks = sum(s["poll_count"] for found in stretches.values() for s in found)
        count = sum(len(found) for found in stretches.values())
        rows.append([who.username, len(latest), sum(r["num_achieved"] for r in latest), points, looks, count])
    table(["player", "games", "unlocked", "points", "polls", "rows stored"], rows)
    click.echo(f"\n{requests} requests. The newest changes it saw:\n")
    newest = sorted(changes, key=lambda c: (c["first_seen_at"], c["id"]))[-10:]
    table(["when", "player", "game", "unlocked", "points", "change"], [change_row(c, app) for c in newest])


def change_row(change: dict[str, object], app: App) -> list[object]:
    seen = change["first_seen_at"]
    assert isinstance(seen, datetime)
    return [
        format_local(seen, app),
        change["username"],
        change["game_id"],
        f"{change['num_achieved']}/{change['num_possible_achievements']}",
        f"{change['score_achieved_delta']:+d}",
        change["kind"],
    ]


def watch(app: App, clock: DemoClock) -> None:
    """The real daemon, live, until Ctrl-C."""
    click.echo(
        f"\nNow live, a look every {format_duration(LIVE.interval.total_seconds())}. Ctrl-C ends it.\n"
    )
    lively = App(replace(app.config, schedule=LIVE), clock, app.database, app.queries, app.writers)
    seen = [newest_id(app)]

    def tell(event: Event) -> None:
        if isinstance(event, RunEnded) and event.report.snapshots_added:
            for change in app.queries.history.changes_after(seen[0]):
                seen[0] = max(seen[0], change["id"])
                when, who, game, count, points, kind = change_row(change, app)
                click.echo(f"{when}  {who}  game {game}  {count}  {points} points  {kind}")

    lock = WriterLock(app.database, clock)
    lock.acquire()
    try:
        with at_hand(lively) as server:
            clock.on_stop(server.ask_to_stop)
            click.echo(f"See it in your browser: {server.address}\n")
            Daemon(lively, lock, clock, [tell]).run()
    finally:
        lock.release()


@contextmanager
def at_hand(app: App) -> "Iterator[PageServer]":
    """The pages, at the usual port or else at any."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(serve_pages(app, "127.0.0.1", app.config.web.port))
        except BindError:
            server = stack.enter_context(serve_pages(app, "127.0.0.1", 0))
        yield server


def newest_id(app: App) -> int:
    return max((change["id"] for change in app.queries.history.changes_after(0)), default=0)
