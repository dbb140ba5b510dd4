"""A machine lives the user's life; afterwards the database must agree with what was served."""

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

from .harness import GAMES, SyncHarness

games = st.sampled_from(GAMES)


def machine(make_url: Callable[[], str]) -> type[RuleBasedStateMachine]:
    class Life(RuleBasedStateMachine):
        @initialize()
        def move_in(self) -> None:
            self.home = SyncHarness(make_url())
            self.truth: dict[GameId, list[tuple[Any, Progress]]] = {game: [] for game in GAMES}
            self.is_accepted = True
            ask = self.home.source.progress

            def remember(user: str, game_ids: Any) -> ProgressResponse:
                answer = ask(user, game_ids)
                for game, seen in answer.games.items():
                    assert isinstance(seen, Progress)
                    self.truth[game].append((self.home.clock.now(), seen))
                return answer

            self.home.source.progress = remember  # type: ignore[method-assign]

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
        def time_passes(self, minutes: int) -> None:
            self.home.clock.pass_by(minutes * 60)

        @rule()
        def sync(self) -> None:
            self.home.sync()

        @rule()
        def run_job(self) -> None:
            self.home.sync(only_due=True)

        @rule(failure=st.sampled_from([SiteUnavailable("DNS"), BatchError("500")]))
        def sync_in_bad_weather(self, failure: Any) -> None:
            self.home.source.failure = failure
            self.home.sync()
            self.home.source.failure = None

        @rule(hours=st.integers(-3, 100_000))
        def sync_with_a_wrong_clock(self, hours: int) -> None:
            self.home.sync()
            right, ticks = self.home.clock.moment, self.home.clock.ticks
            self.home.clock.moment += timedelta(hours=hours)
            served = {game: len(seen) for game, seen in self.truth.items()}
            report = self.home.sync()
            self.home.clock.moment = right + timedelta(seconds=self.home.clock.ticks - ticks)
            if report and report.targets_seen == 0:  # served, but refused: no truth of ours
                for game, count in served.items():
                    del self.truth[game][count:]
            elif abs(hours) > 0:
                self.is_accepted = (
                    hours == 0
                )  # within a day the clock is believed: moments are no truth any more

        @invariant()
        def nothing_is_invented(self) -> None:
            if not hasattr(self, "home") or not self.home.queries.players.select():
                return
            for game in GAMES:
                served = {seen.as_tuple() for _, seen in self.truth[game]}
                for row in self.home.history(game):
                    assert tuple(row[name] for name in Progress.__dataclass_fields__) in served

        @invariant()
        def nothing_is_lost(self) -> None:
            if not hasattr(self, "home") or not self.is_accepted or not self.home.queries.players.select():
                return
            for game in GAMES:
                rows = self.home.history(game)
                for moment, seen in self.truth[game]:
                    last = [
                        row for row in rows if row["first_seen_at"] <= moment + timedelta(milliseconds=5)
                    ][-1]
                    assert tuple(last[name] for name in Progress.__dataclass_fields__) == seen.as_tuple()

        def teardown(self) -> None:
            if hasattr(self, "home"):
                assert check(self.home.database) == []
                self.home.close()

    return Life


def live(make_url: Callable[[], str], lives: int, steps: int) -> None:
    bounds = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(machine(make_url), settings=bounds)


def sqlite_url() -> str:
    return f"sqlite:///{Path(mkdtemp(prefix='life-')) / 'syncer.db'}"


def test_a_life_on_sqlite() -> None:
    live(sqlite_url, 8, 20)


def test_a_life_on_postgres(postgres_server: Server) -> None:
    live(postgres_server.create_database, 5, 15)


@pytest.mark.soak
def test_many_long_lives_on_sqlite() -> None:
    live(sqlite_url, 300, 60)


@pytest.mark.soak
def test_many_long_lives_on_postgres(postgres_server: Server) -> None:
    live(postgres_server.create_database, 150, 60)
