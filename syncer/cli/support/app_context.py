"""An open app for each kind of command: one that reads, one that writes, one that asks the site."""

from collections.abc import Iterator
from contextlib import contextmanager

from syncer.app import App, open_app
from syncer.config import Config
from syncer.core.clock import SystemClock
from syncer.run.advisory_lock import Sharing
from syncer.run.lock import WriterLock, application_name
from syncer.store.db.revision import current, require_current

from .config import read_config


@contextmanager
def open_readonly(*, exact: bool = True) -> Iterator[App]:
    """Yield an app for a command that only reads the database. Creates and writes nothing; needs no key.

    `exact`: refuse a database that is not as its revision makes it.
    """
    config = read_config(sends=False)
    with open_app(config, SystemClock(), application=application_name()) as app:
        # A reader never upgrades: the daemon may be writing with the version that fits the database.
        require_current(app.database, exact=exact)
        yield app


@contextmanager
def open_writer(
    config: Config, clock: SystemClock, wait: float = 0.0, sharing: Sharing = Sharing.ALONE
) -> Iterator[tuple[App, WriterLock]]:
    """Yield an app that may write, once the database answers and its writer lock is held.

    `wait`: seconds to wait for the lock. Raises WriterLockHeld after that. `sharing`: which processes may be
    at work beside it.
    """
    from syncer.run.startup import prepare_schema, reject_second_history, wait_for_database

    with open_app(config, clock, application=application_name()) as app:
        reject_second_history(app)
        # First the database, which may still be starting: on PostgreSQL it holds the lock.
        wait_for_database(app, lambda: current(app.database))
        lock = WriterLock(app.database, clock, sharing)
        wait_for_database(app, lambda: lock.acquire(wait))
        try:
            prepare_schema(app)
            yield app, lock
        finally:
            lock.release()


@contextmanager
def open_for_api() -> Iterator[App]:
    """Yield an app for a command that asks the site and stores only the request budget.

    No player needs to be known. On SQLite no database is needed, because the budget has its own file.
    """
    config = read_config()
    with open_app(config, SystemClock(), application=application_name()) as app:
        if app.database.path is None:
            require_current(app.database)
        yield app
