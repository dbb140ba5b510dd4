"""Names in a sentence."""

import pytest

from syncer.core.formats.text import name_some


@pytest.mark.parametrize(
    ("names", "text"),
    [((), ""), (("A",), "A"), (("A", "B"), "A, B"), (("A", "B", "C"), "A, B and 1 more")],
)
def test_of_many_names_the_first_ones_are_shown(names: tuple[str, ...], text: str) -> None:
    assert name_some(names, 2) == text
