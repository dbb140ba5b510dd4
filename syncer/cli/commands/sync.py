"""syncer sync"""

import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

import click

from syncer.app import App, notification_services
from syncer.cli.output.json_document import print_json
from syncer.cli.output.run_bars import run_bars
from syncer.cli.support.app_context import open_writer
from syncer.cli.support.config import read_config
from syncer.cli.support.hints import with_config
from syncer.cli.support.options import json_option
from syncer.cli.support.select_players import select_players
from syncer.config import Config, parse_duration
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled
from syncer.core.events import Event, EventHandler, RunEnded
from syncer.core.model.decision import Verdict
from syncer.core.model.run import RunReport
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.advisory_lock import Sharing
from syncer.run.notifier import deliver
from syncer.run.startup import recover_interrupted
from syncer.telemetry.run_log import Listener, describe_run

RunOnce: TypeAlias = Callable[[PlayerSync, bool], RunReport | None]
DELIVERY_TIMEOUT = 10.0  # seconds; a service that does not answer is given up after eight
MIXED_OUTCOMES = 3  # exit code if players ended differently


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
    help="How long to wait while another process writes, like 45s. Default: do not wait.",
)
@json_option
def sync(due: bool, name: str | None, wait: float, as_json: bool) -> None:
    """Poll all games once and store what changed.

    Only one process may write: while the daemon runs, this command ends with exit code 75. Exit 3 if only a
    part could be fetched; that part is stored.

    \b
    Examples:
      syncer sync
      syncer sync --due --wait 10m       (for cron)
    """
    clock = SystemClock()
    # KeyboardInterrupt could come inside a transaction; a stopped clock ends the run at a wait or request.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: clock.stop())
    config = read_config(check_services=True)
    if config.cluster.enabled:
        reports = sync_beside_workers(config, clock, wait, name, due)
    else:
        with open_writer(config, clock, wait) as (app, _):
            recover_interrupted(app)
            reports = run_all(app, name, due)
            # Messages that are not delivered now stay in the outbox for the next run.
            if not clock.stopping:
                deliver(app, notification_services(app.config), DELIVERY_TIMEOUT)
    print_reports(reports, as_json)


def sync_beside_workers(
    config: Config, clock: SystemClock, wait: float, name: str | None, due: bool
) -> list[RunReport]:
    """Run players under their own locks. The planner delivers the messages."""
    from syncer.run.cluster.sync_beside import locked_runs

    with (
        open_writer(config, clock, wait, Sharing.AS_WORKER) as (app, _),
        locked_runs(app, clock, wait) as run,
    ):
        return run_all(app, name, due, run)


def run_once(syncer: PlayerSync, due: bool) -> RunReport | None:
    return syncer.run_once("sync", only_due=due)


def run_all(app: App, name: str | None, due: bool, run: RunOnce = run_once) -> list[RunReport]:
    """Run one player after the other. A cancelled run is the last one."""
    reports, listeners = list[RunReport](), list[EventHandler]([log_event])
    syncers = select_players(app.syncers(listeners, interactive=True), name)
    labels = [syncer.tracked.label for syncer in syncers]
    with run_bars(labels, lambda player: missing_unlocks(app, player)) as bars:
        listeners.append(bars)
        for syncer in syncers:
            bars.begin(syncer.tracked.label)
            report = run(syncer, due)
            reports += [report] if report else []
            # Each further player would be cancelled at its first wait and leave an interrupted run.
            if report and report.exit_code == Cancelled.exit_code:
                break
    return reports


def missing_unlocks(app: App, player: str) -> int:
    """Return how many unlocks of a player are counted by the numbers and not stored yet."""
    found = app.queries.players.select(player)
    return app.queries.diagnostics.backfill_size(found[0].id)[1]


def log_event(event: Event) -> None:
    """Log every event except the end of a run, which this command prints itself."""
    if not isinstance(event, RunEnded):
        # A new listener each time: it has seen no earlier failure, so it logs this one at its full level.
        Listener()(event)


def print_reports(reports: list[RunReport], as_json: bool) -> None:
    """Print the counts of each run and exit with their code."""
    if as_json:
        print_json({"runs": [as_document(report) for report in reports]})
    for report in reports:
        if not as_json:
            click.echo(f"{report.player}: {describe_run(report)}")
        if report.hint:
            click.echo(f"  {report.hint}", err=True)
    if not reports and not as_json:
        click.echo("Nothing is due.")
    if not as_json and sys.stderr.isatty() and (step := next_step(reports)):
        click.echo(with_config(step), err=True)
    codes = {report.exit_code for report in reports} or {0}
    click.get_current_context().exit(codes.pop() if len(codes) == 1 else MIXED_OUTCOMES)


def next_step(reports: Sequence[RunReport]) -> str:
    """Return what to type next; empty if a report has a hint already."""
    if any(report.hint for report in reports):
        return ""
    if any(
        report.targets_seen and report.verdicts.get(Verdict.NEW) == report.targets_seen for report in reports
    ):
        return "See what is stored: syncer games, syncer unlocks --since 4w. To keep recording: syncer run"
    changed = any(report.verdicts.get(Verdict.CHANGED) for report in reports)
    return "See what changed: syncer changes" if changed else "To keep recording: syncer run"


def is_first(report: RunReport) -> bool:
    """Return whether all games were polled for the first time."""
    return report.targets_seen > 0 and report.verdicts.get(Verdict.NEW) == report.targets_seen


def as_document(report: RunReport) -> dict[str, Any]:
    """Return the report with the names of the tables, and None for an empty text."""
    fields = asdict(report)
    texts = {name: fields.pop(name) or None for name in ("error", "hint", "cause")}
    return {"username": fields.pop("player"), **fields, **texts}
