"""The benchmarks: what they print and keep, and that their baseline writes what the product writes."""

import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as bench
from benchmarks import queue_engine, runs, site
from benchmarks.measure import Clocked, Result, machine, median
from tests.postgres import Server


@pytest.mark.soak
def test_baseline_and_product_write_the_same_rows(tmp_path: Path) -> None:
    with site.serving(runs.COUNT) as base_url:
        first, second = runs.measure_runs(tmp_path / "runs", base_url)
    assert all(measurement.commits for measurement in (*first, *second))


@pytest.mark.soak
def test_both_queues_execute_each_job_once(postgres_server: Server) -> None:
    if postgres_server.external_url:
        pytest.skip("the processes of another server cannot be measured")
    with queue_engine.bench_on(postgres_server) as bench:
        names = [result.name for result in bench.compare("one", 30, 2, 0.01)]
    assert len(names) == 4


def run_bench(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    def one(_: Path) -> Iterator[Result]:
        yield Result("first", Clocked.of(2.0, 1.0), Clocked.of(3.0, 2.0), "ms", 4.0)

    def broken(_: Path) -> Iterator[Result]:
        yield Result("second", None, 5.0, "MiB")
        raise RuntimeError("a busy machine")

    monkeypatch.setattr(bench, "PARTS", {"one": one, "broken": broken, "last": one})
    monkeypatch.setattr("sys.argv", ["bench", *arguments])
    with pytest.raises(SystemExit) as end:
        bench.main()
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_part_that_fails_loses_no_other_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    assert run_bench(monkeypatch, "--json", str(file)) == 1
    document: dict[str, Any] = json.loads(file.read_text())
    assert [result["name"] for result in document["results"]] == ["first", "second", "first"]
    assert document["failed"] == {"broken": "RuntimeError"}
    assert (document["results"][0]["baseline_cpu"], document["results"][0]["product_cpu"]) == (1.0, 2.0)
    printed = capsys.readouterr().out
    assert printed.index("first") < printed.index("second") < printed.index("broken failed")


def test_parts_that_succeed_exit_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_bench(monkeypatch, "one", "last") == 0


def test_the_cpu_of_a_wait_is_less_than_its_time() -> None:
    waited = median(lambda: time.sleep(0.05), 3)
    assert waited.cpu is not None
    assert waited.cpu < 25 < 50 <= waited


def test_the_machine_is_described_and_not_identified() -> None:
    found = machine()
    assert {"cores", "python", "sqlite", "sqlalchemy"} <= found.keys()
    assert platform.node() not in found.values()
