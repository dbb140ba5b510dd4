"""The clock of PostgreSQL's server, compared with ours."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.clock import SystemClock, truncate_to_ms

from .engine import Database

READ = sa.text("SELECT clock_timestamp()")


def server_now(tx: sa.Connection) -> datetime:
    """Return the moment by the server's clock, in UTC, cut to milliseconds."""
    return truncate_to_ms(tx.execute(READ).scalar_one())


def server_offset(database: Database, clock: SystemClock) -> timedelta:
    """Return what must be added to this machine's clock to get the server's. Raises StoreError."""
    with database.reading() as tx:
        before = clock.machine_now()
        moment = server_now(tx)
        return moment - (before + (clock.machine_now() - before) / 2)
