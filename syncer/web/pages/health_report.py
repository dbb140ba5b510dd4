"""/health-report: how the looking goes, what it costs, and what was not believed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from syncer.core import estimate as forecast
from syncer.core.model.schedule import Every
from syncer.core.monitoring.outages import NEVER, absences, extent
from syncer.core.ratelimit.budget import Budget, breaker_open_until, must_wait_until
from syncer.store.read.base import Row
from syncer.web.app.player_request import Visit, page

RUNS, SHOWN = 1000, 15  # counted, and shown one by one
LATELY, DOUBTS = timedelta(days=30), timedelta(days=90)
GAPS = 12
QUARTER = timedelta(minutes=15)


def report(visit: Visit) -> Response:
    queries, who = visit.queries, visit.who
    return visit.page(
        "report.html",
        status=queries.status(who, visit.now, visit.midnight, visit.context.gap_after),
        runs=queries.last_runs(who.id, SHOWN),
        outcomes=queries.outcomes(who.id, RUNS),
        doubts=queries.not_believed(who.id, visit.now - DOUBTS),
        gaps=joined(queries.gaps(who, visit.now, visit.context.gap_after))[:GAPS],
        waits=[waiting(budget, visit.now) for budget in queries.waits()],
        size=queries.size(),
        **growth(visit),
    )


def growth(visit: Visit) -> dict[str, Any]:
    """What a year adds, if it goes on as in the last month."""
    queries, who = visit.queries, visit.who
    changes, days = queries.watched(who.id, visit.now - LATELY)
    games = sum(target.removed_at is None for target in queries.targets(who.id))
    every = Every(queries.longest_interval(who) or QUARTER)
    daily = forecast.changes_a_day(changes, days)
    return {
        "year": forecast.growth(games, daily, every, queries.weight),
        "assumed": days < forecast.LEAST_SEEN,
        "interval": every.interval,
    }


def joined(gaps: Iterable[Row]) -> list[Row]:
    """One row for each absence, as `syncer gaps` tells them; the newest first."""
    found = [(*extent(absence), len(absence)) for absence in absences(g for g in gaps if g["started_at"])]
    rows = [{"started_at": start, "ended_at": end, "games": games} for start, end, games in found]
    return sorted(rows, key=lambda gap: (gap["ended_at"] or NEVER, gap["started_at"]), reverse=True)


def waiting(budget: Budget, now: datetime) -> dict[str, Any]:
    """What of it still holds."""
    return {
        "not_before": must_wait_until(budget, now),
        "why": budget.wait_reason,
        "refused_at": budget.refused_at if breaker_open_until(budget, now) else None,
        "max_batch": budget.max_batch if (budget.max_batch_until or now) > now else None,
    }


routes = [page("/health-report", report)]
