"""What is known of a player before the next run: the value that `plan` prints."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from syncer.app import App
from syncer.core.account.totals import reads_rank
from syncer.core.estimate import day, growth
from syncer.core.estimate.delays import Delays, worst_delays
from syncer.core.estimate.habits import NOTHING_OBSERVED, Habits, habits
from syncer.core.estimate.next_run import BackfillSize, run_requests
from syncer.core.model.library import PlayedGame
from syncer.core.model.player import Player
from syncer.core.polling.policy import can_probe
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit.budget import batch_limit
from syncer.core.sync.plan import PlayerState, RunPlan, is_run_due
from syncer.core.sync.player_sync import PlayerSync

from .next_run import backfill_size, is_first_backfill, next_plan, stored_player, stored_state

OBSERVED_PERIOD = timedelta(days=30)


@dataclass(frozen=True)
class Forecast:
    """One player's next run, usual day and year."""

    player: Player | None
    plan: RunPlan
    requests: int
    is_first_backfill: bool
    fixed: day.FixedRequests
    expected: day.ExpectedRequests
    habits: Habits
    delays: Delays
    rows: growth.Rows

    @property
    def requests_a_day(self) -> float:
        return self.fixed.total + self.expected.total


def forecast(app: App, syncer: PlayerSync, *, due: bool, listed: Sequence[PlayedGame]) -> Forecast:
    """Return what comes of one player. `listed`: played games that are not stored yet. Stores nothing."""
    tracked, now = syncer.tracked, app.clock.now()
    player = stored_player(app, tracked)
    state = stored_state(app, syncer, player, [game.game_id for game in listed])
    plan = next_plan(app, syncer, state, due=due)
    runs = not due or is_run_due(tracked, state, now)
    size = backfill_size(app, plan, tracked, listed)
    library = library_of(app, syncer, state, size)
    promise = plan.promise
    found = observed_habits(app, player, tracked, library.targets)
    fixed = day.fixed_requests(tracked, promise, library, now)
    runs_a_day = day.polls_per_day(tracked.schedule) + day.extra_runs(tracked, found)
    return Forecast(
        player,
        plan,
        run_requests(plan, tracked, size, now) if runs else 0,
        is_first_backfill(tracked, player),
        fixed,
        day.expected_requests(tracked, promise, library, found),
        found,
        worst_delays(tracked, promise, now),
        growth.year_rows(
            runs_a_day, found, unlocks=tracked.unlocks, sessions=tracked.sessions and can_probe(tracked)
        ),
    )


def library_of(app: App, syncer: PlayerSync, state: PlayerState, size: BackfillSize) -> day.Library:
    """Return how many games the player has, as far as is known."""
    limit = batch_limit(syncer.source.limiter.read(), app.clock.now(), syncer.tracked.batch_size)
    if state.player is None:
        return day.Library(len(state.targets), size.played, limit)
    newest = app.queries.observed.played_last(state.player.id)
    consoles = app.queries.observed.console_count(state.player.id)
    enough = bool(state.targets) and {target.game_id for target in state.targets} <= set(newest)
    return day.Library(len(state.targets), size.played, limit, consoles, enough)


def observed_habits(app: App, player: Player | None, tracked: TrackedPlayer, games: int) -> Habits:
    """Return what happens on a usual day."""
    since = app.clock.now() - OBSERVED_PERIOD
    observed = app.queries.observed.since(player.id, since) if player else NOTHING_OBSERVED
    return habits(observed, games, sessions=tracked.sessions and can_probe(tracked), rank=reads_rank(tracked))


def rounded(numbers: Any) -> dict[str, float]:
    """Return the fields of a value, rounded for people."""
    return {name: round(number, 2) for name, number in asdict(numbers).items()}
