"""Log why a changed configuration is not used: what to do next, then one line for each problem."""

import logging
import os

from syncer.core.errors import SyncerError

logger = logging.getLogger("syncer")


def log_rejected(error: SyncerError, *, is_secret: bool) -> None:
    """Log the error of a reload. `is_secret`: files of secrets, which are read again by themselves."""
    next_step = "Correct it; a changed file is read again by itself"
    if not is_secret:
        next_step = f"Correct it, then: {reload_command()}"
    text = f"the old configuration stays: {error.message}. {next_step}"
    logger.error("%s", text, extra={"facts": {"event": "reload_failed"}})
    for problem in getattr(error, "problems", ()):
        logger.error("  - %s", problem, extra={"facts": {"event": "config_problem"}})


def reload_command() -> str:
    """Return the command that makes this daemon read its configuration again."""
    # Only a unit of Type=notify has the socket, such as contrib/systemd/syncer.service.
    return "systemctl reload syncer" if os.environ.get("NOTIFY_SOCKET") else f"kill -HUP {os.getpid()}"
