"""Counters and histograms, updated by events."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from syncer.core.events import (
    BatchFailed,
    BatchRecorded,
    Event,
    RequestCompleted,
    RowsRejected,
    RunEnded,
    WarningRaised,
)
from syncer.core.model.decision import RejectionReason, Verdict
from syncer.core.model.run import RunOutcome

OUTCOMES = [outcome for outcome in RunOutcome if outcome is not RunOutcome.RUNNING]
STORED_VERDICTS = (Verdict.NEW, Verdict.CHANGED, Verdict.RESUMED)
REQUEST_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
RUN_SECONDS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
TOO_MANY_REQUESTS = 429


class RunMetrics:
    """Counters of runs and polls. An event handler."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, ("player", *labels), registry=registry)

        # prometheus_client adds the suffix _total to the names of counters.
        self._runs = counter("syncer_runs", "Runs that ended", "outcome")
        self._polls = counter("syncer_polls", "Accepted answers about a game")
        self._added = counter("syncer_snapshots_added", "Snapshots begun", "verdict")
        self._rejections = counter("syncer_rejections", "Rejected answers about a game", "reason")
        self._failed = counter("syncer_batches_failed", "Batches that failed")
        self._warnings = counter("syncer_warnings", "Warnings about a player")
        text = "Duration of runs, waiting included"
        self._seconds = Histogram("syncer_run_duration_seconds", text, buckets=RUN_SECONDS, registry=registry)

    def register_player(self, player: str) -> None:
        """Start the player's counters at zero, so that the first failure is an increase."""
        for counter in (self._polls, self._failed, self._warnings):
            counter.labels(player)
        for outcome in OUTCOMES:
            self._runs.labels(player, outcome.value)
        for verdict in STORED_VERDICTS:
            self._added.labels(player, verdict.value)
        for reason in RejectionReason:
            self._rejections.labels(player, reason.value)

    def __call__(self, event: Event) -> None:
        """Count an event."""
        match event:
            case BatchRecorded():
                self._count_batch(event)
            case BatchFailed(player):
                self._failed.labels(player).inc()
            case RowsRejected(player, count=count):
                self._rejections.labels(player, RejectionReason.UNPARSABLE_ROW.value).inc(count)
            case WarningRaised(player):
                self._warnings.labels(player).inc()
            case RunEnded(report, seconds):
                self._runs.labels(report.player, report.outcome.value).inc()
                self._seconds.observe(seconds)

    def _count_batch(self, event: BatchRecorded) -> None:
        for verdict, count in event.decision.verdicts.items():
            if verdict.is_accepted:
                self._polls.labels(event.player).inc(count)
            if verdict.adds_snapshot:
                self._added.labels(event.player, verdict.value).inc(count)
        for decision in event.decision.decisions:
            if decision.rejection:
                self._rejections.labels(event.player, decision.rejection.reason.value).inc()


class RequestMetrics:
    """Counters of requests, by endpoint and HTTP status. An event handler."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=registry)

        self._requests = counter("syncer_requests", "Requests sent, retries included", "endpoint", "status")
        self._retries = counter("syncer_request_retries", "Requests that were retries", "endpoint")
        self._limited = counter("syncer_rate_limited", "Answers with status 429")
        name, text = "syncer_request_duration_seconds", "Duration of requests"
        self._seconds = Histogram(name, text, ["endpoint"], buckets=REQUEST_SECONDS, registry=registry)

    def __call__(self, event: Event) -> None:
        """Count an event."""
        if isinstance(event, RequestCompleted):
            self._requests.labels(event.endpoint, str(event.status or "none")).inc()
            # Adding 0 also creates the series, so that the first retry is an increase.
            self._retries.labels(event.endpoint).inc(event.attempt > 1)
            self._limited.inc(event.status == TOO_MANY_REQUESTS)
            self._seconds.labels(event.endpoint).observe(event.seconds)
