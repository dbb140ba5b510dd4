"""Times in [schedule] timezone, as people read them."""

from datetime import datetime

from syncer.app import App


def format_local(moment: datetime | None, app: App) -> str:
    return f"{moment.astimezone(app.config.zone):%Y-%m-%d %H:%M}" if moment else "-"


def format_local_date(moment: datetime, app: App) -> str:
    return f"{moment.astimezone(app.config.zone):%Y-%m-%d}"
