"""/health-report: how the looking goes, what it costs, and what was not believed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from syncer.core import estimate
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.monitoring.outages import OPEN_END, group_gaps, span
from syncer.core.ratelimit.budget import RequestBudget, blocked_until, circuit_open_until
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

RUNS, SHOWN = 1000, 15  # counted, and shown one by one
LATELY, DOUBTS = timedelta(days=30), timedelta(days=90)
GAPS = 12
QUARTER = timedelta(minutes=15)


def report(visit: PlayerRequest) -> Response:
    queries, who = visit.queries, visit.player
    return visit.page(
        "report.html",
        status=queries.players.status(who, visit.now, visit.midnight, visit.context.gap_after),
        runs=queries.web.recent_runs(who.id, SHOWN),
        outcomes=queries.web.run_outcomes(who.id, RUNS),
        doubts=queries.web.rejections(who.id, visit.now - DOUBTS),
        gaps=joined(queries.history.gaps(who.id, visit.now, visit.context.gap_after))[:GAPS],
        request_budgets=[waiting(budget, visit.now) for budget in queries.storage.request_budgets()],
        size=queries.storage.size(),
        **growth(visit),
    )


def growth(visit: PlayerRequest) -> dict[str, Any]:
    """What a year adds, if it goes on as in the last month."""
    queries, who = visit.queries, visit.player
    changes, days = queries.diagnostics.observed_changes(who.id, visit.now - LATELY)
    games = sum(target.removed_at is None for target in queries.players.targets(who.id))
    every = IntervalSchedule(queries.players.longest_interval(who.id) or QUARTER)
    daily = estimate.changes_per_day(changes, days)
    return {
        "year": estimate.growth(games, daily, every, queries.storage.row_size),
        "assumed": days < estimate.MIN_OBSERVED_DAYS,
        "interval": every.interval,
    }


def joined(gaps: Iterable[Row]) -> list[Row]:
    """One row for each absence, as `syncer gaps` tells them; the newest first."""
    found = [(*span(absence), len(absence)) for absence in group_gaps(g for g in gaps if g["started_at"])]
    rows = [{"started_at": start, "ended_at": end, "games": games} for start, end, games in found]
    return sorted(rows, key=lambda gap: (gap["ended_at"] or OPEN_END, gap["started_at"]), reverse=True)


def waiting(budget: RequestBudget, now: datetime) -> dict[str, Any]:
    """What of it still holds."""
    return {
        "not_before": blocked_until(budget, now),
        "why": budget.wait_reason,
        "refused_at": budget.refused_at if circuit_open_until(budget, now) else None,
        "max_batch": budget.max_batch if (budget.max_batch_until or now) > now else None,
    }


routes = [page("/health-report", report)]
