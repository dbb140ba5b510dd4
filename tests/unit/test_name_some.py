"""Names in a sentence."""

import pytest

from syncer.core.formats.text import name_some, natural_key


@pytest.mark.parametrize(
    ("names", "text"),
    [((), ""), (("A",), "A"), (("A", "B"), "A, B"), (("A", "B", "C"), "A, B and 1 more")],
)
def test_of_many_names_the_first_ones_are_shown(names: tuple[str, ...], text: str) -> None:
    assert name_some(names, 2) == text


def test_names_are_sorted_by_their_numbers_not_by_their_digits() -> None:
    names = ["Player11", "player7", "Player", "7th", "Élan2", "elan10", "Player7b"]
    ordered = ["7th", "Élan2", "elan10", "Player", "player7", "Player7b", "Player11"]
    assert sorted(names, key=natural_key) == ordered
    assert natural_key("9" * 5000)  # which int() alone would refuse
