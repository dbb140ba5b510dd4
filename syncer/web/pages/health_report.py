"""/sync-health: runs, the request budget, gaps, rejected answers and the size of the database."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from syncer.core import estimate
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.monitoring.gaps import OPEN_END, group_gaps, span
from syncer.core.ratelimit.budget import RequestBudget, blocked_until, circuit_open_until
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

RUNS_COUNTED, RUNS_SHOWN = 1000, 15
RATE_WINDOW, REJECTIONS_WINDOW = timedelta(days=30), timedelta(days=90)
GAPS_SHOWN = 12
DEFAULT_INTERVAL = timedelta(minutes=15)  # as [schedule] every; for a player without active targets


def health_report(view: PlayerRequest) -> Response:
    queries, player = view.queries, view.player
    return view.page(
        "health_report.html",
        status=queries.players.status(
            player, view.now, view.start_of_day(view.today), view.context.gap_after
        ),
        runs=queries.web.recent_runs(player.id, RUNS_SHOWN),
        outcomes=queries.web.run_outcomes(player.id, RUNS_COUNTED),
        rejections=queries.web.rejections(player.id, view.now - REJECTIONS_WINDOW),
        gaps=merged_gaps(queries.history.gaps(player.id, view.now, view.context.gap_after))[:GAPS_SHOWN],
        request_budgets=[budget_state(budget, view.now) for budget in queries.storage.request_budgets()],
        size=queries.storage.size(),
        **growth(view),
    )


def growth(view: PlayerRequest) -> dict[str, Any]:
    """Estimate what a year adds, at the rate of the last 30 days."""
    queries, player = view.queries, view.player
    changes, days = queries.diagnostics.observed_changes(player.id, view.now - RATE_WINDOW)
    games = sum(target.removed_at is None for target in queries.players.targets(player.id))
    every = IntervalSchedule(queries.players.longest_interval(player.id) or DEFAULT_INTERVAL)
    daily = estimate.changes_per_day(changes, days)
    return {
        "year": estimate.growth(games, daily, every, queries.storage.row_size),
        "assumed": days < estimate.MIN_OBSERVED_DAYS,
        "interval": every.interval,
    }


def merged_gaps(gaps: Iterable[Row]) -> list[Row]:
    """Return one row for the gaps that several games share, as `syncer gaps` does; newest first."""
    groups = group_gaps(gap for gap in gaps if gap["started_at"])
    spans = [(*span(group), len(group)) for group in groups]
    rows = [{"started_at": start, "ended_at": end, "games": games} for start, end, games in spans]
    return sorted(rows, key=lambda gap: (gap["ended_at"] or OPEN_END, gap["started_at"]), reverse=True)


def budget_state(budget: RequestBudget, now: datetime) -> dict[str, Any]:
    """Return the restrictions of a budget that apply now."""
    return {
        "not_before": blocked_until(budget, now),
        "reason": budget.wait_reason,
        # The refusal stays stored until the next answer, but holds requests back only for a time.
        "refused_at": budget.refused_at if circuit_open_until(budget, now) else None,
        "max_batch": budget.max_batch if (budget.max_batch_until or now) > now else None,
    }


routes = [page("/sync-health", health_report)]
