"""Health, readiness and metrics from real databases, over a real server."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp

from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError
from syncer.core.monitoring.health import HealthReport, PlayerHealth, Tolerance
from syncer.telemetry.metrics import Metrics
from syncer.web.api.monitoring import routes
from syncer.web.app.application import create_app
from syncer.web.app.context import Context
from tests.edges.harness import SyncHarness
from tests.fakes import START
from tests.waiting import PATIENCE

GAP_AFTER = timedelta(minutes=30)
TOLERANCE = Tolerance(GAP_AFTER)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1, 2, 3, 4))
    yield made
    made.close()


def test_player_health_counts_due_overdue_and_failing_targets(home: SyncHarness) -> None:
    home.poll()
    (fresh,) = home.queries.health.player_health(home.clock.now(), TOLERANCE)
    assert (fresh.player, fresh.username) == ("Tester", "Tester")
    assert fresh.fresh_until == home.clock.now() + timedelta(minutes=45)
    assert (fresh.targets, fresh.due, fresh.overdue, fresh.failing) == (4, 0, 0, 0)
    assert (fresh.is_fresh(home.clock.now()), fresh.last_poll_at) == (
        True,
        home.queries.players.last_poll(home.tracked.id),
    )
    assert (fresh.promised_seconds, fresh.target_seconds) == (900, 900)
    polled_at = fresh.oldest_poll_at
    assert polled_at is not None
    home.clock.pass_by(16 * 60)
    home.source.fault = lambda games: {g: seen for g, seen in games.items() if g != 2}
    home.poll()
    (missed,) = home.queries.health.player_health(home.clock.now(), TOLERANCE)
    assert (missed.targets, missed.due, missed.overdue, missed.failing) == (4, 0, 0, 1)
    assert missed.oldest_poll_at == polled_at  # of the game whose poll failed
    home.games = (1, 2, 3)
    home.poll()
    home.clock.pass_by(31 * 60)
    (later,) = home.queries.health.player_health(home.clock.now(), TOLERANCE)
    assert (later.targets, later.due, later.overdue, later.failing) == (3, 2, 1, 1)  # 2 backs off
    assert later.is_fresh(home.clock.now())
    home.clock.pass_by(14 * 60)
    assert not later.is_fresh(home.clock.now())


def test_player_without_targets_has_no_health(home: SyncHarness) -> None:
    home.poll()
    home.writers.players.deactivate_other_players([], home.clock.now())
    assert home.queries.health.player_health(home.clock.now(), TOLERANCE) == []


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve on a free port; yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([line],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{line.getsockname()[1]}"
        server.should_exit = True
        thread.join(PATIENCE)


@contextlib.contextmanager
def monitored(
    home: SyncHarness, read_health: Callable[[], HealthReport], *, with_metrics: bool = True
) -> Iterator[str]:
    metrics = Metrics(["Tester"], read_health) if with_metrics else None
    context = Context(home.queries, home.clock.now, ZoneInfo("UTC"), GAP_AFTER)
    with serving(create_app(context, routes(read_health, metrics))) as address:
        yield address


def get(address: str, **headers: str) -> requests.Response:
    return requests.get(address, headers=headers, timeout=PATIENCE)


@pytest.fixture
def sqlite_home(tmp_path: Path) -> Iterator[SyncHarness]:
    made = SyncHarness(f"sqlite:///{tmp_path}/syncer.db")
    yield made
    made.close()


def test_readiness_and_metrics_follow_the_database(sqlite_home: SyncHarness, tmp_path: Path) -> None:
    home = sqlite_home

    def read_health() -> HealthReport:
        players = tuple(home.queries.health.player_health(home.clock.now(), TOLERANCE))
        return HealthReport(
            home.clock.now(), players or (PlayerHealth("Tester", "Tester"),), home.queries.storage.size()
        )

    with monitored(home, read_health) as address:
        unpolled = get(f"{address}/readyz")
        assert (unpolled.status_code, unpolled.text.count("\n"), "Tester" in unpolled.text) == (503, 1, True)
        home.poll()
        assert (get(f"{address}/readyz").status_code, get(f"{address}/readyz").text) == (200, "ok\n")
        scraped = get(f"{address}/metrics")
        samples = {
            sample.name: sample.value
            for family in text_string_to_metric_families(scraped.text)
            for sample in family.samples
        }
        assert samples["syncer_targets"] == 4
        assert samples["syncer_database_size_bytes"] > 4096
        assert (scraped.status_code, scraped.headers["Cache-Control"]) == (200, "no-store")
        home.clock.pass_by(46 * 60)
        assert get(f"{address}/readyz").status_code == 503
        (tmp_path / "syncer.db").rename(tmp_path / "away.db")
        home.database.reader.dispose()
        gone = get(f"{address}/readyz")
        assert (gone.status_code, gone.text.count("\n"), "Traceback" in gone.text) == (503, 1, False)
        assert str(tmp_path) not in gone.text
        unreadable = get(f"{address}/metrics")
        assert (unreadable.status_code, "syncer_database_up 0.0" in unreadable.text) == (200, True)
        assert (get(f"{address}/healthz").status_code, get(f"{address}/healthz").text) == (200, "ok\n")
        assert get(f"{address}/metrics", Host="evil.example").status_code == 400
        assert requests.post(f"{address}/metrics", timeout=PATIENCE).status_code == 405


def test_metrics_endpoint_is_absent_if_disabled(sqlite_home: SyncHarness) -> None:
    with monitored(sqlite_home, lambda: HealthReport(START), with_metrics=False) as address:
        pages = ("metrics", "healthz", "readyz")
        assert [get(f"{address}/{page}").status_code for page in pages] == [404, 200, 200]


def test_concurrent_scrapes_are_all_answered(sqlite_home: SyncHarness) -> None:
    home = sqlite_home
    home.poll()
    clock = SystemClock()

    def read_health() -> HealthReport:
        return HealthReport(
            clock.now(),
            tuple(home.queries.health.player_health(clock.now(), TOLERANCE)),
            home.queries.storage.size(),
        )

    with monitored(home, read_health) as address:
        statuses = list[int]()

        def scrape() -> None:
            statuses.append(get(f"{address}/metrics").status_code)

        threads = [threading.Thread(target=scrape) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert statuses == [200] * 24


def test_reason_names_no_path_of_this_machine(sqlite_home: SyncHarness) -> None:
    def broken() -> HealthReport:
        raise StoreError("/home/me/syncer.db\nis gone")

    with monitored(sqlite_home, broken) as address:
        assert get(f"{address}/readyz").text.startswith("the database cannot be used")
