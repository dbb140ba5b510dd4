"""Pass each event to several listeners, of which none can disturb a run."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from .events import Event, EventHandler

logger = logging.getLogger("syncer")


def announce_to(listeners: Sequence[EventHandler]) -> EventHandler:
    """Return a handler that passes each event to all listeners; one that fails affects no other."""

    def announce(event: Event) -> None:
        for listen in listeners:
            # A log, a metric or a progress bar that fails must not end a run.
            with suppress(Exception):
                _pass_on(event, listen)

    return announce


def _pass_on(event: Event, listen: EventHandler) -> None:
    try:
        listen(event)
    except Exception:
        logger.exception("A listener failed", extra={"facts": {"event": "listener_failed"}})
        raise
