"""The names of the other configured players."""

from collections import Counter

import pytest

from syncer.core.ports import OtherNames

COUNTS = Counter({"max": 1, "moss": 2, "01ulid": 1})


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("max", {"max"}, False),
        ("max", {"moss"}, True),
        ("moss", {"moss"}, True),  # two entries have it
        ("01ulid", {"max", "01ulid"}, False),
        ("heron", {"max"}, False),
        (None, {"max"}, False),
    ],
)
def test_a_name_is_another_entrys_if_more_use_it_than_this_one(
    name: str | None, own: set[str], expected: bool
) -> None:
    assert (name in OtherNames(COUNTS, own)) is expected
