"""Before the first run: wait for the database, prepare its schema, close what a killed process left open."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from syncer.app import App
from syncer.core.errors import (
    ConfigError,
    DatabaseCorrupt,
    DatabaseIncompatible,
    DiskFull,
    StoreBusy,
    StoreError,
    WriterLockHeld,
)
from syncer.core.model.progress import EPOCH
from syncer.core.sync.player_sync import PlayerSync
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.revision import require_current

logger = logging.getLogger("syncer")
MAX_ASKED = 10  # players at whose next poll a start looks
FIRST_WAIT, MAX_WAIT = 0.25, 5.0  # seconds between two attempts to reach the database


def reject_second_history(app: App) -> None:
    """Raise ConfigError where a new database would be created although an earlier version made another one.

    Otherwise the history would go on in a second file, and the first one would be missed much later.
    """
    former, path = app.config.former_database, app.database.path
    if former and path and not path.exists():
        raise ConfigError(
            f"{path} was not created: earlier versions recorded into {former}",
            hint=f'To go on with it, set [database] url = "sqlite:///{former}"; or move it there, with the '
            "daemon stopped.",
        )


def wait_for_database(app: App, ask: Callable[[], object]) -> None:
    """Call `ask` until the database answers, for `start_timeout` at most. Raises the last StoreError.

    The waits between the attempts double, up to MAX_WAIT. What `ask` writes is one transaction.
    """
    deadline = app.clock.monotonic() + app.config.start_timeout
    wait, is_logged = FIRST_WAIT, False
    while True:
        try:
            ask()
            return
        except StoreError as error:
            if not heals_by_itself(app, error) or app.clock.monotonic() + wait > deadline:
                raise
            if not is_logged:
                text = f"{error.message}; waiting up to {app.config.start_timeout:g} s"
                logger.warning("%s", text, extra={"facts": {"event": "store_awaited"}})
            is_logged = True
        app.clock.wait(wait)
        wait = min(wait * 2, MAX_WAIT)


def heals_by_itself(app: App, error: StoreError) -> bool:
    """Return whether waiting may end an error: a server, a busy file or a full disk, but no missing file."""
    if isinstance(error, (DatabaseCorrupt, DatabaseIncompatible, WriterLockHeld)):
        return False
    return app.database.path is None or isinstance(error, (StoreBusy, DiskFull))


def prepare_schema(app: App) -> None:
    """Upgrade the schema if the configuration allows it. Raises for any schema but the current one."""
    if app.config.auto_upgrade:
        wait_for_database(app, lambda: upgrade_schema(app.database, app.clock.now()))
    wait_for_database(app, lambda: require_current(app.database))
    if app.config.cluster.enabled:
        prepare_queue(app)


def prepare_queue(app: App) -> None:
    """Make or upgrade the tables of the job queue. Raises for any but those of this version."""
    from syncer.store.db.queue_schema import require_queue, upgrade_queue

    if app.config.auto_upgrade:
        wait_for_database(app, lambda: upgrade_queue(app.database))
    wait_for_database(app, lambda: require_queue(app.database))


def recover_interrupted(app: App) -> None:
    """Mark runs that a killed process left open as interrupted. Call it under the writer lock."""
    wait_for_database(app, lambda: app.writers.runs.interrupt_open_runs(app.clock.now()))
    wait_for_database(app, lambda: deactivate_unconfigured(app))


def deactivate_unconfigured(app: App) -> None:
    """Stop polling players who left the configuration; their history stays."""
    app.writers.players.deactivate_other_players(app.tracked_players(), app.clock.now())


def next_poll_text(app: App, syncers: Sequence[PlayerSync]) -> str:
    """Return when the next poll is due, in the configured zone; empty if at once, or of many players."""
    if len(syncers) > MAX_ASKED:
        return ""
    with suppress(StoreError):
        dues = [syncer.next_wake() or EPOCH for syncer in syncers]
        if (due := min(dues, default=EPOCH)) > app.clock.now():
            return f", the next poll is due at {due.astimezone(app.config.zone):%H:%M}"
    return ""
