"""Metrics: the counters of events, the gauges, and their documentation."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from syncer import __version__
from syncer.core.errors import StoreError
from syncer.core.events import (
    BatchFailed,
    BatchRecorded,
    Event,
    RequestCompleted,
    RowsRejected,
    RunEnded,
    RunStarted,
    WarningRaised,
)
from syncer.core.model.consistency import Points
from syncer.core.model.decision import BatchDecision, Decision, Rejection, RejectionReason, Verdict
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.monitoring.cluster import ClusterReport, SetAside
from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.core.ratelimit.budget import RateLimits, RequestBudget
from syncer.telemetry.metrics import Metrics
from tests.fakes import START

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "metrics.md").read_text("utf-8")
ROW = re.compile(r"^\| `(syncer_\w+)` \| (\w+) \| (.+?) \| (.+?) \|$", re.M)
HEALTH = replace(
    PlayerHealth("Max", "Maximilian", START, targets=4, due=3, overdue=2, failing=1),
    unexplained=Points(-50, 0),
    promised_seconds=900,
    target_seconds=86_400,
    oldest_poll_at=START - timedelta(hours=1),
)
REPORT = HealthReport(
    START,
    (HEALTH, PlayerHealth("New", "New")),
    4096,
    {"Max": RequestBudget(refused_at=START)},
    RateLimits(33, 3),
)

CLUSTER = ClusterReport(START, {"waiting": 7, "running": 3}, 8, 40.5, 2, True, [SetAside("Ann", START)])


def unreadable() -> HealthReport:
    raise StoreError("the database did not answer: postgresql://u:***@h/d")


def metrics(events: Sequence[Event] = (), report: HealthReport = REPORT) -> Metrics:
    made = Metrics(["Max"], lambda: report, lambda: 2, lambda: CLUSTER)
    for event in events:
        made(event)
    return made


def value(made: Metrics, name: str, **labels: str) -> float | None:
    return made.registry.get_sample_value(name, labels)


def decision(verdict: Verdict, reason: RejectionReason | None = None) -> Decision:
    kept = Rejection(reason, "") if reason else None
    return Decision(1, verdict, START, START, 0, rejection=kept)


DECISIONS = (
    *(decision(Verdict.SAME) for _ in range(3)),
    decision(Verdict.CHANGED),
    decision(Verdict.SUSPECT, RejectionReason.SUSPECT_ZERO),
    decision(Verdict.MISSING, RejectionReason.MISSING),
)
EVENTS = (
    RunStarted("Max", 6, 1),
    RequestCompleted("GetUserProgress", 429, 0.2, 1),
    RequestCompleted("GetUserProgress", None, 3.0, 2),
    RequestCompleted("GetUserProgress", 200, 0.3, 3),
    BatchRecorded("Max", START, BatchDecision(START, DECISIONS)),
    BatchFailed("Max", (7,), "the site answered 500"),
    RowsRejected("Max", "GetConsoleIDs", 3),
    WarningRaised("Max", "odd"),
    RunEnded(RunReport("Max", RunOutcome.PARTIAL, 3), 7.0),
)


@pytest.mark.parametrize(
    ("expected", "name", "labels"),
    [
        (1, "syncer_runs_total", {"player": "Max", "outcome": "partial"}),
        (0, "syncer_runs_total", {"player": "Max", "outcome": "failed"}),  # from zero, so that one is a rise
        (1, "syncer_run_duration_seconds_count", {}),
        (7, "syncer_run_duration_seconds_sum", {}),
        (4, "syncer_polls_total", {"player": "Max"}),  # accepted ones
        (1, "syncer_snapshots_added_total", {"player": "Max", "verdict": "changed"}),
        (0, "syncer_snapshots_added_total", {"player": "Max", "verdict": "new"}),
        (None, "syncer_snapshots_added_total", {"player": "Max", "verdict": "same"}),  # adds none
        (1, "syncer_rejections_total", {"player": "Max", "reason": "suspect_zero"}),
        (1, "syncer_rejections_total", {"player": "Max", "reason": "missing"}),
        (1, "syncer_batches_failed_total", {"player": "Max"}),
        (1, "syncer_warnings_total", {"player": "Max"}),
        (3, "syncer_rejections_total", {"player": "Max", "reason": "unparsable_row"}),
        (1, "syncer_requests_total", {"endpoint": "GetUserProgress", "status": "200"}),
        (1, "syncer_requests_total", {"endpoint": "GetUserProgress", "status": "none"}),  # no answer
        (2, "syncer_request_retries_total", {"endpoint": "GetUserProgress"}),
        (1, "syncer_rate_limited_total", {}),
        (3, "syncer_request_duration_seconds_count", {"endpoint": "GetUserProgress"}),
        (3.5, "syncer_request_duration_seconds_sum", {"endpoint": "GetUserProgress"}),
        (1, "syncer_build_info", {"version": __version__}),
    ],
)
def test_events_are_counted(expected: float | None, name: str, labels: dict[str, str]) -> None:
    assert value(metrics(EVENTS), name, **labels) == expected


@pytest.mark.parametrize(
    ("expected", "name", "labels"),
    [
        (1, "syncer_database_up", {}),
        (4096, "syncer_database_size_bytes", {}),
        (2, "syncer_jobs_stalled", {}),
        (10, "syncer_last_poll_age_seconds", {"player": "Max"}),
        (None, "syncer_last_poll_age_seconds", {"player": "New"}),  # never seen
        (0, "syncer_player_fresh", {"player": "New"}),
        (4, "syncer_targets", {"player": "Max"}),
        (3, "syncer_targets_due", {"player": "Max"}),
        (2, "syncer_targets_overdue", {"player": "Max"}),
        (1, "syncer_targets_failing", {"player": "Max"}),
        (-50, "syncer_points_unexplained", {"player": "Max", "mode": "hardcore"}),
        (0, "syncer_points_unexplained", {"player": "Max", "mode": "softcore"}),
        (None, "syncer_points_unexplained", {"player": "New", "mode": "hardcore"}),  # never compared
        (3610, "syncer_oldest_poll_seconds", {"player": "Max"}),
        (None, "syncer_oldest_poll_seconds", {"player": "New"}),
        (900, "syncer_promised_seconds", {"player": "Max", "scope": "account"}),
        (86_400, "syncer_promised_seconds", {"player": "Max", "scope": "target"}),
        (None, "syncer_promised_seconds", {"player": "New", "scope": "target"}),
        (1, "syncer_key_refused", {"player": "Max"}),
        (0, "syncer_budget_requests", {"player": "Max"}),
        (50, "syncer_budget_wait_seconds", {"player": "Max"}),
        (7, "syncer_cluster_jobs", {"state": "waiting"}),
        (3, "syncer_cluster_jobs", {"state": "running"}),
        (40.5, "syncer_cluster_oldest_due_seconds", {}),
        (2, "syncer_cluster_workers", {}),
        (1, "syncer_cluster_planner", {}),
        (1, "syncer_cluster_players_set_aside", {}),
    ],
)
def test_gauges_are_read_at_a_scrape(expected: float | None, name: str, labels: dict[str, str]) -> None:
    later = replace(REPORT, at=START.replace(second=10))
    assert value(metrics(report=later), name, **labels) == expected


def test_an_unreadable_database_is_reported_without_its_gauges() -> None:
    made = Metrics(["Max"], unreadable)
    made(EVENTS[-1])
    text = made.exposition("")[0].decode()
    assert value(made, "syncer_database_up") == 0
    assert value(made, "syncer_runs_total", player="Max", outcome="partial") == 1
    assert value(made, "syncer_database_size_bytes") is None
    assert "postgresql" not in text


def test_one_process_exports_nothing_about_a_cluster() -> None:
    text = Metrics(["Max"], lambda: REPORT).exposition("")[0].decode()
    assert "syncer_budget_requests" in text
    assert "syncer_cluster" not in text


def test_two_registries_in_one_process_are_independent() -> None:
    one, other = metrics(EVENTS), metrics()
    labels = {"player": "Max", "outcome": "partial"}
    assert (value(one, "syncer_runs_total", **labels), value(other, "syncer_runs_total", **labels)) == (1, 0)


def test_the_format_of_the_exposition_follows_the_accept_header() -> None:
    made = metrics(EVENTS)
    plain, kind = made.exposition("text/plain")
    assert kind.startswith("text/plain")
    assert not [f.name for f in text_string_to_metric_families(plain.decode()) if "created" in f.name]
    modern, kind = made.exposition("application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    assert modern.decode().endswith("# EOF\n")


def test_the_database_is_not_read_before_a_scrape() -> None:
    reads = list[int]()

    def read() -> HealthReport:
        reads.append(1)
        return REPORT

    made = Metrics(["Max"], read)
    assert reads == []
    made.exposition("")
    assert len(reads) == 1


def exposed() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the type and the labels of each metric."""
    families = text_string_to_metric_families(metrics(EVENTS).exposition("")[0].decode())
    found = {}
    for family in families:
        if not family.name.startswith("syncer_process_"):
            end = "_total" if family.type == "counter" else ""
            labels = {name for sample in family.samples for name in sample.labels} - {"le"}
            found[family.name + end] = (family.type, tuple(sorted(labels)))
    return found


def test_every_metric_is_documented_with_its_type_and_labels() -> None:
    rows = ROW.findall(PAGE)
    shown = {name: (kind, tuple(sorted(re.findall(r"`(\w+)`", labels)))) for name, kind, labels, _ in rows}
    assert shown == exposed()


RULES = yaml.safe_load((HOME / "contrib" / "prometheus" / "alerts.yml").read_text("utf-8"))


@pytest.mark.parametrize("rule", RULES["groups"][0]["rules"], ids=lambda rule: rule["alert"])
def test_an_alert_uses_existing_metrics_and_labels(rule: dict[str, Any]) -> None:
    text = metrics(EVENTS).exposition("")[0].decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    for name, labels in re.findall(r"\b(syncer_\w+)(?:{(.*?)})?", rule["expr"]):
        found = [sample for sample in samples if sample.name == name]
        assert found, name
        assert set(re.findall(r"(\w+)=", labels)) <= found[0].labels.keys()
        if "by (" not in rule["expr"]:
            named = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
            assert named <= found[0].labels.keys() | {"instance"}
    assert rule["expr"].count("(") == rule["expr"].count(")")
    assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert rule["annotations"].keys() == {"summary", "description"}
    assert rule["labels"]["severity"] in ("warning", "critical")


def test_the_important_failures_have_an_alert() -> None:
    named = {rule["alert"].removeprefix("Syncer") for rule in RULES["groups"][0]["rules"]}
    assert named >= {"PlayerStale", "KeyRefused", "Failing", "RateLimited", "JobStalled", "NoWorker"}
