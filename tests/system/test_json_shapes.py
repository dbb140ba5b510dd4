"""The comparison of documents with shapes finds each difference."""

from typing import Any

import pytest

from .json_shapes import differences


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"a": 1, "b": 2}, {"a": "integer"}),  # a name too many
        ({}, {"a": "integer"}),  # a name too few
        ({"a": True}, {"a": "integer"}),
        ({"a": 1.5}, {"a": "integer | null"}),
        ({"a": "2026-05-01T16:30:00.000+00:00"}, {"a": "time"}),
        ({"a": "2026-13-01T16:30:00.000Z"}, {"a": "time"}),  # no such month
        ({"a": "2026-05-01T16:30:00.000Z"}, {"a": "text"}),  # a time that is not documented as one
        ({"a": ""}, {"a": "text"}),  # should be null
        ({"a": "odd"}, {"a": "ok | fail"}),
        ({"a": [1, "2"]}, {"a": ["integer"]}),
        ({"one": {"a": 1}}, {"<game id>": {"a": "integer"}}),
        ([], {"a": "integer"}),
    ],
)
def test_the_comparison_finds_a_difference(value: Any, shape: Any) -> None:
    assert list(differences(value, shape, "x", set()))
