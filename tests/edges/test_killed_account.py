"""What is stored of the account's polls by a run that was killed after its last answer."""

from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

from syncer.store.db.account_tables import account_polls

from .harness import Games, SyncHarness


class Killed(BaseException):
    """The end of the process: no clean-up of the program may see it."""


def test_a_run_that_was_killed_before_its_end_makes_no_gap_of_the_account(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest game and the account were polled at one moment, so both or none are late."""
    home = SyncHarness(database_url, games=(1, 2, 3), batch_size=1)

    def slowly(games: Games) -> Games:
        home.clock.pass_by(20)
        return games

    def die(*args: Any) -> NoReturn:
        raise Killed

    home.source.fault = slowly
    with monkeypatch.context() as patch:
        patch.setattr(home.writers.runs, "close_run", die)
        with pytest.raises(Killed):
            home.poll()
    home.source.fault, home.batch_size = None, 100
    newest = max(row["last_seen_at"] for game in (1, 2, 3) for row in home.history(game))
    home.writers.runs.interrupt_open_runs(home.clock.now())  # as the next start does
    home.clock.pass_by((newest - home.clock.moment).total_seconds() + 44.9 * 60)
    home.poll()
    assert "resumed*" not in home.kinds(3)
    with home.database.reading() as tx:
        assert tx.scalars(sa.select(account_polls.c.after_gap)).all() == [False]
    home.close()
