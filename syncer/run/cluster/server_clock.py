"""The clock that all machines of a cluster share: that of the database's server."""

import logging
from contextlib import suppress
from datetime import timedelta

from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError
from syncer.store.db.engine import Database
from syncer.store.db.server_time import server_offset

logger = logging.getLogger("syncer")
TELLING = timedelta(minutes=1)  # an offset that is worth a line in the log


def follow_server(clock: SystemClock, database: Database) -> None:
    """Correct the clock of this machine by the server's; a database that fails changes nothing.

    Rows of one player may come from several machines: with clocks that differ, their order would be wrong.
    """
    with suppress(StoreError):
        offset = server_offset(database, clock)
        if abs(offset - clock.offset) > TELLING:
            seconds = offset.total_seconds()
            text = "the database's clock is %.0f s ahead of this machine's, and counts instead"
            logger.warning(text, seconds, extra={"facts": {"event": "clock_offset", "seconds": seconds}})
        clock.offset = offset
