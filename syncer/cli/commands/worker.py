"""syncer worker"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from syncer.app import App
from syncer.cli.support.app_context import open_writer
from syncer.cli.support.config import read_config, reload_config, reread_if_changed
from syncer.config import Config, SecretWatch
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, ConfigError, StoreError
from syncer.run.advisory_lock import Sharing
from syncer.run.lock import WriterLock
from syncer.run.signals import reload_on_signal, stop_on_signals
from syncer.telemetry.run_log import Listener

if TYPE_CHECKING:
    from syncer.run.cluster.worker import Worker

NOT_ENABLED = "a worker needs [cluster] enabled = true"
HINT_ENABLE = (
    "Set it for all processes of this database (docs/scaling.md), or poll without workers: syncer run"
)


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=32,
    show_default=True,
    help="How many runs go on at once; a run waits most of its time.",
)
@click.option(
    "--queues",
    metavar="NAMES",
    default="first,due",
    show_default=True,
    help="What it takes: first (players without a run yet), due (all others), or both.",
)
@click.option("--alone", metavar="NAME", hidden=True, help="Execute what is due for this player, and end.")
def worker(concurrency: int, queues: str, alone: str | None) -> None:
    """Execute the runs that syncer run has queued, beside other workers.

    For PostgreSQL with [cluster] enabled = true: any number of workers on any number of machines. SIGTERM or
    Ctrl-C stops it within seconds; SIGHUP makes it read the configuration again.
    """
    clock = SystemClock()
    stop_on_signals(clock)
    hangup = threading.Event()
    reload_on_signal(hangup.set)  # a signal before the worker exists must not end the process
    names = parse_queues(queues)
    config = read_config(check_services=True, log_warnings=True)
    if not config.cluster.enabled:
        raise ConfigError(NOT_ENABLED, hint=HINT_ENABLE)
    made = None  # a signal may arrive before it exists
    try:
        with open_writer(config, clock, sharing=Sharing.AS_WORKER) as (app, lock):
            made = build_worker(app, lock, clock, hangup, concurrency, names)
            if alone:
                run_alone(made, clock, alone)
            else:
                made.run()
    except (Cancelled, StoreError):
        # A signal may arrive while the database is opened; what fails then is part of stopping.
        # Not whether it is that error: another run may have found the same meanwhile.
        if not clock.stopping or (made and made.fatal):
            raise


def parse_queues(text: str) -> list[str]:
    """Return the names of queues. Raises a usage error for an unknown one."""
    from syncer.store.db.queue_tables import QUEUES

    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in QUEUES]
    if unknown or not names:
        raise click.BadParameter(
            f"{', '.join(unknown) or 'nothing'} is no queue; they are: {', '.join(QUEUES)}"
        )
    return names


def build_worker(
    app: App,
    lock: WriterLock,
    clock: SystemClock,
    hangup: threading.Event,
    concurrency: int,
    queues: Sequence[str],
) -> "Worker":
    """Return a worker that logs its runs. `hangup`: set when the configuration is to be read again."""
    from syncer.run.cluster.worker import Worker, WorkerOptions

    settings = click.get_current_context().find_root().obj
    path = settings["config"]
    command = [*(["--config", str(path)] if path else []), "worker", "--alone"]
    options = WorkerOptions(concurrency, queues, command)
    return Worker(app, lock, clock, [Listener()], options, config_changes(app, settings, hangup))


def config_changes(
    started: App, settings: Mapping[str, Any], hangup: threading.Event
) -> Callable[[], App | None]:
    """Return what returns the App of a changed configuration: after SIGHUP, or when a secret has changed.

    `settings`: those before the command's name; the returned function is called in another thread, in which
    click does not have them.
    """
    watch, current = SecretWatch(), [started]

    def changed() -> App | None:
        before = current[0].config
        if hangup.is_set():
            hangup.clear()
            fresh: Config | None = reload_config(settings["config"], started.config, settings["level"])
        else:
            fresh = reread_if_changed(watch, before, started.config)
        if fresh is None or fresh == before:
            return None
        current[0] = started.with_config(fresh)
        return current[0]

    return changed


def run_alone(worker: "Worker", clock: SystemClock, player: str) -> None:
    """Execute one player's run for the worker that started this process, and that holds the player's lock."""
    from syncer.run.cluster.own_process import stop_with_parent

    stop_with_parent(clock)
    worker.run_alone(player)
