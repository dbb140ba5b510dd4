"""The product's side of a run: what `syncer sync` does between its start and its report."""

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from syncer.app import open_app
from syncer.config import Config, load
from syncer.core.clock import SystemClock
from syncer.run.startup import prepare_schema

from . import child

PROGRESS_ONLY = ("UNLOCKS", "RANK", "SESSIONS")  # the baseline requests nothing else


def configuration(parameters: child.RunParameters) -> Config:
    """Return the configuration, with a request budget that never delays a run."""
    empty = parameters.folder / "config.toml"
    empty.touch(mode=0o600)
    config = load(
        empty,
        {
            "SYNCER_DATABASE__URL": f"sqlite:///{parameters.folder / child.HISTORY}",
            "SYNCER_API__BASE_URL": parameters.base_url,
            "SYNCER_API__USERNAME": parameters.player,
            "SYNCER_API__KEY": parameters.key,
            "SYNCER_API__BATCH_SIZE": str(child.BATCH),
            "SYNCER_PLAYERS__0__USERNAME": parameters.player,
            "SYNCER_PLAYERS__0__GAMES": ",".join(map(str, parameters.games)),
            "SYNCER_SCHEDULE__IDLE_EVERY": "15m",  # every game in each run
            **{f"SYNCER_PLAYERS__0__{name}": "false" for name in PROGRESS_ONLY},
        },
    )
    return replace(config, requests_per_minute=6_000_000, burst=3_000_000)


def count_commits(engine: sa.Engine) -> Callable[[], int]:
    """Return a counter of the commits that wrote something from now on."""
    before: dict[int, int] = {}
    changes: list[int] = []

    def total(connection: sa.Connection) -> int:
        driver: Any = connection.connection.driver_connection
        return int(driver.total_changes)

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        before[id(connection)] = total(connection)

    @sa.event.listens_for(engine, "commit")
    def on_commit(connection: sa.Connection) -> None:
        if written := total(connection) - before.pop(id(connection)):
            changes.append(written)

    return lambda: len(changes)


def main() -> None:
    parameters, clock = child.RunParameters.from_command_line(), SystemClock()
    with open_app(configuration(parameters), clock) as app:
        prepare_schema(app)
        (syncer,) = app.syncers([], interactive=True)
        gc.freeze()  # as the command does once it is imported
        commits = [count_commits(app.database.writer), count_commits(app.database.budgets)]
        child.print_measurement(lambda: syncer.run_once("bench"), lambda: [count() for count in commits])


if __name__ == "__main__":
    main()
