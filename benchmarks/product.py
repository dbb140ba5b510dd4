"""Our side of a run: what `syncer sync` does between its start and its report."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from syncer.app import open_app, prepare_schema
from syncer.config import Config, load
from syncer.core.clock import SystemClock

from . import child


def configuration(asked: child.Asked) -> Config:
    """As the environment would give it; the budget is lifted, for the site is our own."""
    empty = asked.folder / "config.toml"
    empty.touch(mode=0o600)
    config = load(
        empty,
        {
            "SYNCER_DATABASE__URL": f"sqlite:///{asked.folder / child.HISTORY}",
            "SYNCER_API__BASE_URL": asked.base_url,
            "SYNCER_API__USERNAME": asked.player,
            "SYNCER_API__KEY": asked.key,
            "SYNCER_API__BATCH_SIZE": str(child.BATCH),
            "SYNCER_PLAYERS__0__USERNAME": asked.player,
            "SYNCER_PLAYERS__0__GAMES": ",".join(map(str, asked.games)),
            "SYNCER_PLAYERS__0__UNLOCKS": "false",  # the floor asks for progress only
        },
    )
    return replace(config, requests_per_minute=6_000_000, burst=3_000_000)


def counted(engine: sa.Engine) -> Callable[[], int]:
    """Commits that wrote something."""
    before: dict[int, int] = {}
    wrote: list[int] = []

    def total(connection: sa.Connection) -> int:
        driver: Any = connection.connection.driver_connection
        return int(driver.total_changes)

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        before[id(connection)] = total(connection)

    @sa.event.listens_for(engine, "commit")
    def on_commit(connection: sa.Connection) -> None:
        if written := total(connection) - before.pop(id(connection)):
            wrote.append(written)

    return lambda: len(wrote)


def main() -> None:
    asked, clock = child.Asked.read(), SystemClock()
    with open_app(configuration(asked), clock) as app:
        prepare_schema(app)
        (syncer,) = app.syncers([], interactive=True)
        commits = [counted(app.database.writer), counted(app.database.budgets)]
        child.tell(lambda: syncer.run_once("bench"), lambda: [count() for count in commits])


if __name__ == "__main__":
    main()
