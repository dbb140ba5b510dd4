"""The table of faults is complete, and each test that it names exists."""

from collections import Counter

import pytest

from .table import GROUPS, HOME, ProvenFault, parts, problem_of, shared, table

TABLE = table()


def test_every_fault_is_there_once_and_in_order() -> None:
    expected = [
        f"{letter}{number:02}" for letter, (_, count) in GROUPS.items() for number in range(1, count + 1)
    ]
    assert [fault.id for fault in TABLE] == expected


@pytest.mark.parametrize("fault", TABLE, ids=lambda fault: fault.id)
def test_a_fault_names_tests_that_exist_or_says_why_there_is_none(fault: ProvenFault) -> None:
    assert fault.fault.endswith(".")
    assert fault.behaviour.endswith(".")
    assert bool(fault.tests) != bool(fault.untested)
    assert [problem for node in fault.tests if (problem := problem_of(node))] == []


def test_no_test_is_named_twice_without_a_reason() -> None:
    counts = Counter(node for fault in TABLE for node in fault.tests)
    assert {node for node, count in counts.items() if count > 1} == shared().keys()
    whole = {node for node in counts if not parts(node)[2]}
    assert [node for node in counts if parts(node)[2] and node.partition("[")[0] in whole] == []


def test_each_test_of_this_folder_is_named() -> None:
    named = {node.partition("[")[0] for fault in TABLE for node in fault.tests}
    files = [file for file in (HOME / "tests/faults").glob("test_*.py") if file.name != "test_table.py"]
    lines = [(file, line) for file in files for line in file.read_text("utf-8").splitlines()]
    here = {
        f"tests/faults/{file.name}::{line[4:].partition('(')[0]}"
        for file, line in lines
        if line.startswith("def test_")
    }
    assert here - named == set()


@pytest.mark.parametrize(
    "node",
    [
        "tests/faults/test_gone.py::test_x",
        "tests/faults/table.py::problem_of",
        "tests/faults/test_table.py::test_gone",
        "tests/faults/test_table.py::test_a_missing_test_is_noticed[no such " + "row]",
    ],
)
def test_a_missing_test_is_noticed(node: str) -> None:
    assert problem_of(node)
