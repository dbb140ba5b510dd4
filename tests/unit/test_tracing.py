"""Coverage traces the tests that add to it, and no others."""

import sys
import threading
from typing import Any

import pytest

from tests.tracing import is_traced, tracing_of


@pytest.mark.parametrize(
    ("nodeid", "traced"),
    [
        ("tests/unit/test_x.py::test_a", True),
        ("tests/edges/test_x.py::test_a[sqlite]", True),
        ("tests/edges/test_x.py::test_a[postgres]", False),
        ("tests/edges/test_x.py::test_a[postgres-off0]", False),
        ("tests/month/test_day.py::test_a", False),
        ("tests/oracle/test_season.py::test_a[sqlite]", False),
    ],
)
def test_simulations_and_the_second_dialect_are_not_traced(nodeid: str, traced: bool) -> None:
    assert is_traced(nodeid) == traced


@pytest.fixture
def tracer() -> Any:
    def ignore(frame: object, event: str, argument: object) -> None: ...

    before = sys.gettrace(), threading.gettrace()
    sys.settrace(ignore)
    threading.settrace(ignore)
    yield ignore
    sys.settrace(before[0])
    threading.settrace(before[1])


def in_a_thread() -> object:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(sys.gettrace()))
    thread.start()
    thread.join()
    return found[0]


def test_an_untraced_test_has_no_tracer_in_any_thread_and_the_next_one_has(tracer: Any) -> None:
    with tracing_of("tests/month/test_day.py::test_a"):
        assert (sys.gettrace(), in_a_thread()) == (None, None)
    assert (sys.gettrace(), in_a_thread()) == (tracer, tracer)


def test_a_traced_test_keeps_its_tracer(tracer: Any) -> None:
    with tracing_of("tests/unit/test_x.py::test_a"):
        assert (sys.gettrace(), in_a_thread()) == (tracer, tracer)


def test_an_error_does_not_end_the_tracing_of_later_tests(tracer: Any) -> None:
    with pytest.raises(KeyError), tracing_of("tests/month/test_day.py::test_a"):
        raise KeyError
    assert sys.gettrace() is tracer
