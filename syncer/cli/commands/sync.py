"""syncer sync"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from syncer.app import App, notification_services
from syncer.cli.support.context import json_option, open_writer, print_json, read_config
from syncer.config import parse_duration
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, ConfigError
from syncer.core.events import BackfillProgress, BatchRecorded, Event, EventHandler, RunEnded, RunStarted
from syncer.core.model.run import RunReport
from syncer.run.notifier import deliver
from syncer.run.startup import recover_interrupted
from syncer.telemetry.log import Listener, describe_run

if TYPE_CHECKING:
    from rich.progress import TaskID

FOR_MESSAGES = 10.0  # seconds: a service that does not answer is given up after eight


def _wait(ctx: click.Context, parameter: click.Parameter, value: str) -> float:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command()
@click.option("--due", is_flag=True, help="Only games that are due by [schedule].")
@click.option("--player", "name", metavar="NAME", help="Only this player: the configured name or ULID.")
@click.option(
    "--wait",
    default="0s",
    callback=_wait,
    metavar="DURATION",
    help="Wait so long while another process writes, like 45s. Default: not at all.",
)
@json_option
def sync(due: bool, name: str | None, wait: float, as_json: bool) -> None:
    """One run now: ask the site about all games, and store what changed.

    Only one process writes: while the daemon runs, this one ends with 75 and says so. Exit 3 where a part
    could not be had; what was had is stored.

    \b
    Examples:
      syncer sync
      syncer sync --due --wait 10m       (for cron)
    """
    clock = SystemClock()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: clock.stop())
    with open_writer(read_config(check_services=True), clock, wait) as (app, _), progress() as bar:
        recover_interrupted(app)
        reports = run_all(app, [bar, warnings], name, due)
        if not clock.stopping:
            deliver(app, notification_services(app.config), FOR_MESSAGES)
    tell(reports, as_json)


def run_all(app: App, listeners: list[EventHandler], name: str | None, due: bool) -> list[RunReport]:
    syncers = app.syncers(listeners, interactive=True)
    chosen = [
        s
        for s in syncers
        if name is None or name.lower() in (s.tracked.label.lower(), (s.tracked.ulid or "").lower())
    ]
    if not chosen:
        names = ", ".join(s.tracked.label for s in syncers)
        raise ConfigError(f"{name} is not one of the configured players ({names})")
    reports = []
    for syncer in chosen:
        report = syncer.run_once("sync", only_due=due)
        if report:
            reports.append(report)
        if report and report.exit_code == Cancelled.exit_code:
            break
    return reports


def warnings(event: Event) -> None:
    """How a run ended is this command's own answer; the logs tell the rest."""
    if not isinstance(event, RunEnded):
        Listener()(event)


def tell(reports: list[RunReport], as_json: bool) -> None:
    """The counts, and the common exit code; where they differ, 3."""
    if as_json:
        print_json({"runs": [as_document(report) for report in reports]})
    for report in reports:
        if not as_json:
            click.echo(f"{report.player}: {describe_run(report)}")
        if report.hint:
            click.echo(f"  {report.hint}", err=True)
    if not reports and not as_json:
        click.echo("Nothing is due.")
    codes = {report.exit_code for report in reports}
    click.get_current_context().exit(codes.pop() if len(codes) == 1 else 3 if codes else 0)


def as_document(report: RunReport) -> dict[str, Any]:
    """With the names of the tables, and null where there is nothing to say."""
    facts = asdict(report)
    said = {name: facts.pop(name) or None for name in ("error", "hint", "cause")}
    return {"username": facts.pop("player"), **facts, **said}


@contextmanager
def progress() -> Iterator[EventHandler]:
    """A bar for long runs, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda event: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def listen(event: Event) -> None:
            if isinstance(event, RunStarted):
                tasks[event.player] = bar.add_task(event.player, total=event.targets)
            elif isinstance(event, BackfillProgress):
                name = f"{event.player}: {event.what}"
                tasks[name] = tasks[name] if name in tasks else bar.add_task(name, total=None)
                bar.update(tasks[name], completed=event.count, description=f"{name} {event.count:,}")
            elif isinstance(event, BatchRecorded):
                bar.advance(tasks[event.player], len(event.decisions))

        yield listen
