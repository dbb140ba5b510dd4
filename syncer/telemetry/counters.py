"""What is counted and timed as events come."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from syncer.core.events import BatchFailed, BatchRecorded, Event, RequestCompleted, RunEnded, WarningRaised
from syncer.core.model.decision import RejectionReason, Verdict
from syncer.core.model.run import RunOutcome

ENDED = [outcome for outcome in RunOutcome if outcome is not RunOutcome.RUNNING]
STORED = (Verdict.NEW, Verdict.CHANGED, Verdict.RESUMED)
REQUEST_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
RUN_SECONDS = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
TOO_MANY = 429


class RunMetrics:
    """Runs, and what they saw."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, said: str, *labels: str) -> Counter:
            return Counter(name, said, ("player", *labels), registry=registry)

        self._runs = counter("syncer_runs", "Runs that ended", "outcome")
        self._looks = counter("syncer_looks", "Believed answers about a game")
        self._added = counter("syncer_snapshots_added", "Stretches begun", "verdict")
        self._rejections = counter("syncer_rejections", "Answers about a game not believed", "reason")
        self._failed = counter("syncer_batches_failed", "Batches at fault")
        self._warnings = counter("syncer_warnings", "Warnings about a player")
        said = "How long runs take, waiting included"
        self._seconds = Histogram("syncer_run_duration_seconds", said, buckets=RUN_SECONDS, registry=registry)

    def register_players(self, player: str) -> None:
        """All from zero, so that a first failure is seen as a rise."""
        for counter in (self._looks, self._failed, self._warnings):
            counter.labels(player)
        for counter, words in (
            (self._runs, ENDED),
            (self._added, STORED),
            (self._rejections, RejectionReason),
        ):
            for word in words:
                counter.labels(player, word.value)

    def __call__(self, event: Event) -> None:
        match event:
            case BatchRecorded():
                self._recorded(event)
            case BatchFailed(player):
                self._failed.labels(player).inc()
            case WarningRaised(player):
                self._warnings.labels(player).inc()
            case RunEnded(report, seconds):
                self._runs.labels(report.player, report.outcome.value).inc()
                self._seconds.observe(seconds)

    def _recorded(self, event: BatchRecorded) -> None:
        for decision in event.decisions:
            self._looks.labels(event.player).inc(decision.verdict.is_accepted)
            if decision.verdict in STORED:
                self._added.labels(event.player, decision.verdict.value).inc()
            if decision.rejection:
                self._rejections.labels(event.player, decision.rejection.reason.value).inc()


class RequestMetrics:
    """Attempts over the wire, by the endpoints that we know and whatever status comes back."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, said: str, *labels: str) -> Counter:
            return Counter(name, said, labels, registry=registry)

        self._requests = counter("syncer_requests", "Attempts over the wire", "endpoint", "status")
        self._retries = counter("syncer_request_retries", "Attempts after a first one", "endpoint")
        self._limited = counter("syncer_rate_limited", "Answers with status 429")
        name, said = "syncer_request_duration_seconds", "How long attempts take"
        self._seconds = Histogram(name, said, ["endpoint"], buckets=REQUEST_SECONDS, registry=registry)

    def __call__(self, event: Event) -> None:
        if isinstance(event, RequestCompleted):
            self._requests.labels(event.endpoint, str(event.status or "none")).inc()
            self._retries.labels(event.endpoint).inc(event.attempt > 1)
            self._limited.inc(event.status == TOO_MANY)
            self._seconds.labels(event.endpoint).observe(event.seconds)
