"""/sync-health: runs, the request budget, gaps, rejected answers and the size of the database."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from syncer.core.estimate.growth import year_rows
from syncer.core.estimate.habits import DAY, MIN_OBSERVED_DAYS, habits
from syncer.core.formats.text import name_some
from syncer.core.polling.sum_text import describe_sums
from syncer.core.ratelimit.budget import RequestBudget, blocked_until, circuit_open_until
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

if TYPE_CHECKING:
    from syncer.core.monitoring.cluster import ClusterReport

RUNS_COUNTED, RUNS_SHOWN = 1000, 15
RATE_WINDOW, REJECTIONS_WINDOW = timedelta(days=30), timedelta(days=90)
GAPS_SHOWN, MAX_NAMED = 12, 5
DEFAULT_INTERVAL = timedelta(minutes=15)  # as [schedule] every; for a player without a poll


def health_report(view: PlayerRequest) -> Response:
    queries, player = view.queries, view.player
    (status,) = queries.status.of([player], view.now, view.start_of_day(view.today), view.context.gap_after)
    coverage = queries.account_polls.coverage(
        player.id, view.now - RATE_WINDOW, view.now, view.context.gap_after
    )
    return view.page(
        "health_report.html",
        status=status,
        runs=queries.web.recent_runs(player.id, RUNS_SHOWN),
        outcomes=queries.web.run_outcomes(player.id, RUNS_COUNTED),
        rejections=queries.web.rejections(player.id, view.now - REJECTIONS_WINDOW),
        gaps=sorted(coverage.gaps, key=lambda gap: gap["started_at"], reverse=True)[:GAPS_SHOWN],
        share=coverage.share,
        request_budgets=[
            {"owners": owners_of(view, key), **budget_state(budget, view.now)}
            for key, budget in sorted(queries.storage.request_budgets().items())
        ],
        size=queries.storage.size(),
        sums=(sums := queries.polling.sum_report(player.id)),
        sums_text=describe_sums(sums) if sums else "",
        cluster=cluster_report(view),
        **growth(view, status),
    )


def cluster_report(view: PlayerRequest) -> "ClusterReport | None":
    """Return the present state of the cluster; None where there is none, and on a page of the past."""
    dead_after = view.context.dead_after
    return None if dead_after is None or view.past else view.queries.cluster.report(dead_after)


def growth(view: PlayerRequest, status: Row) -> dict[str, Any]:
    """Estimate what a year adds, by the last 30 days; while those are too few, what is usual."""
    queries, player = view.queries, view.player
    observed = queries.observed.since(player.id, view.now - RATE_WINDOW)
    promised, is_assumed = status["promised_seconds"], observed.days < MIN_OBSERVED_DAYS
    interval = timedelta(seconds=promised) if promised else DEFAULT_INTERVAL
    runs_a_day = DAY / interval if is_assumed else observed.runs / observed.days
    year = year_rows(runs_a_day, habits(observed, status["targets"]))
    return {
        "year": year,
        "year_bytes": year.bytes(queries.storage.row_size),
        "assumed": is_assumed,
        "interval": interval,
    }


def owners_of(view: PlayerRequest, key: str) -> str:
    """Return the players whose requests use a key; empty for a key that is not configured any more."""
    names = {ref.ulid.lower(): ref.username for ref in view.all_players}
    names |= {ref.config_name.lower(): ref.username for ref in view.all_players if ref.config_name}
    owners = [names.get(owner.lower(), owner) for owner in view.context.key_owners.get(key, ())]
    return name_some(owners, MAX_NAMED)


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
