"""Random sequences of unlocks, waits, failures and wrong clocks: what was returned is stored."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from syncer.core.errors import BatchError, SiteUnavailable
from syncer.core.model.progress import GameId, Progress, ProgressResponse
from syncer.store.admin.integrity import check
from tests.postgres import Server

from .harness import GAMES, START, SyncHarness

games = st.sampled_from(GAMES)


def machine(make_url: Callable[[], str]) -> type[RuleBasedStateMachine]:
    class SyncMachine(RuleBasedStateMachine):
        @initialize()
        def start(self) -> None:
            self.home = SyncHarness(make_url())
            self.returned: dict[GameId, list[tuple[Any, Progress]]] = {game: [] for game in GAMES}
            ask = self.home.source.progress

            def record(user: str, game_ids: Any) -> ProgressResponse:
                answer = ask(user, game_ids)
                for game, seen in answer.games.items():
                    assert isinstance(seen, Progress)
                    # The true time: a wrong clock is corrected by the site's answer.
                    moment = START + timedelta(seconds=self.home.clock.ticks)
                    self.returned[game].append((moment, seen))
                return answer

            self.home.source.progress = record  # type: ignore[method-assign]

        @rule(game=games, how_many=st.integers(1, 3), hardcore=st.booleans())
        def earn(self, game: GameId, how_many: int, hardcore: bool) -> None:
            self.home.world.earn("Tester", game, how_many, self.home.clock.now(), hardcore=hardcore)

        @rule(game=games)
        def revise_the_set(self, game: GameId) -> None:
            self.home.world.add_achievements(game, [5, 5])

        @rule(game=st.sampled_from(GAMES[:2]))
        def reset(self, game: GameId) -> None:
            self.home.world.reset_game("Tester", game)

        @rule(minutes=st.integers(1, 300))
        def wait(self, minutes: int) -> None:
            self.home.clock.pass_by(minutes * 60)

        @rule()
        def sync(self) -> None:
            self.home.sync()

        @rule()
        def run_job(self) -> None:
            self.home.sync(only_due=True)

        @rule(failure=st.sampled_from([SiteUnavailable("DNS"), BatchError("500")]))
        def sync_during_a_failure(self, failure: Any) -> None:
            self.home.source.failure = failure
            self.home.sync()
            self.home.source.failure = None

        @rule(hours=st.integers(-3, 100_000))
        def sync_with_a_wrong_clock(self, hours: int) -> None:
            self.home.sync()
            right, ticks = self.home.clock.moment, self.home.clock.ticks
            self.home.clock.moment += timedelta(hours=hours)
            self.home.sync()
            self.home.clock.moment = right + timedelta(seconds=self.home.clock.ticks - ticks)

        @invariant()
        def each_stored_value_was_returned(self) -> None:
            if not hasattr(self, "home") or not self.home.queries.players.select():
                return
            for game in GAMES:
                known = {seen.as_tuple() for _, seen in self.returned[game]}
                for row in self.home.history(game):
                    assert tuple(row[name] for name in Progress._fields) in known

        @invariant()
        def each_returned_value_is_stored(self) -> None:
            if not hasattr(self, "home") or not self.home.queries.players.select():
                return
            for game in GAMES:
                rows = self.home.history(game)
                for moment, seen in self.returned[game]:
                    last = [
                        row for row in rows if row["first_seen_at"] <= moment + timedelta(milliseconds=5)
                    ][-1]
                    assert tuple(last[name] for name in Progress._fields) == seen.as_tuple()

        def teardown(self) -> None:
            if hasattr(self, "home"):
                assert check(self.home.database) == []
                self.home.close()

    return SyncMachine


def run_machine(make_url: Callable[[], str], examples: int, steps: int) -> None:
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(machine(make_url), settings=bounds)


def sqlite_url() -> str:
    return f"sqlite:///{Path(mkdtemp(prefix='machine-')) / 'syncer.db'}"


def test_a_random_sequence_agrees_with_the_site_on_sqlite() -> None:
    run_machine(sqlite_url, 8, 20)


def test_a_random_sequence_agrees_with_the_site_on_postgres(postgres_server: Server) -> None:
    run_machine(postgres_server.create_database, 5, 15)


@pytest.mark.soak
def test_many_long_sequences_agree_with_the_site_on_sqlite() -> None:
    run_machine(sqlite_url, 300, 60)


@pytest.mark.soak
def test_many_long_sequences_agree_with_the_site_on_postgres(postgres_server: Server) -> None:
    run_machine(postgres_server.create_database, 150, 60)
