"""The version of the data, as open pages compare it."""

from datetime import datetime, timedelta

from syncer.store.read.base import Row

from .context import Context
from .player_status import RETRY_WINDOW


def version_text(row: Row, context: Context, now: datetime) -> str:
    """Return a text that changes whenever the pages have something new to show.

    A key is refused, or accepted again, by a run, whose outcome is part of it.
    """
    failed_at = row["failed_at"]
    parts = (
        row["snapshot_id"] or 0,
        # A poll without a change stores no snapshot, but the page shows when it was.
        f"{row['polled_at'].timestamp() if row['polled_at'] else 0:.3f}",
        f"{row['run_id'] or 0}{row['outcome'] or 'none'}",
        f"{is_polled(row, context, now):d}",  # changes by time alone
        f"{now.astimezone(context.zone):%Y%m%d}",  # so do the dates of rows, and what happened today
        f"{row['failed_run_id'] or 0}{'' if failed_at and now - failed_at > RETRY_WINDOW else 'r'}",
        row["account_poll_id"] or 0,
    )
    return "-".join(map(str, parts))


def is_polled(row: Row, context: Context, now: datetime) -> bool:
    """Return whether the account was polled, nearly as promised.

    A game that was not is noticed at the next poll, which changes the version anyway.
    """
    if row["polled_at"] is None:
        return False
    fresh_for = context.tolerance.fresh_for(timedelta(seconds=row["promised_seconds"]))
    return bool(now <= row["polled_at"] + fresh_for)
