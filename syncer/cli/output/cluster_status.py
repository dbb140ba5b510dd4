"""What `syncer status --cluster` prints."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from syncer.core.monitoring.cluster import ClusterReport


def cluster_document(report: ClusterReport) -> dict[str, Any]:
    """Return the JSON of a cluster's state."""
    return {
        "now": report.at,
        "planner": report.has_planner,
        "workers": report.workers,
        "workers_silent": report.silent_workers,
        "jobs": dict(report.jobs),
        "players_due": report.due,
        "oldest_due_seconds": report.oldest_due_seconds,
        "players_set_aside": [{"player": e.player, "set_aside_at": e.since} for e in report.set_aside],
        "problems": [{"what": problem.what, "hint": problem.hint} for problem in report.problems()],
    }


def cluster_lines(report: ClusterReport, local: Callable[[datetime], str]) -> Iterator[tuple[str, str]]:
    """Yield (label, text) for each line, what needs attention first. `local`: formats a moment."""
    for problem in report.problems():
        yield "attention", f"{problem.what}. {problem.hint}"
    yield "planner", "running" if report.has_planner else "not running"
    yield "workers", ", ".join(filter(None, (f"{report.workers:,}", report.silent_text)))
    yield "jobs", ", ".join(f"{count:,} {state}" for state, count in report.jobs.items())
    yield "due", report.due_text.replace(" due,", ",")
    for entry in report.set_aside:
        yield "set aside", f"{entry.player}, since {local(entry.since)}"
