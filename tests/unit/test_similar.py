"""The titles that a mistyped one may have meant."""

import pytest

from syncer.core.formats.similar import most_similar

TITLES = ["Brass Meridian", "Pokémon: Blue Version", "The Clockmaker's Daughter", "Tetris"]


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        ("brass meridan", [0]),
        ("POKEMOM", [1]),  # neither case nor accents count
        ("clokmaker's daughter", [2]),  # a part of a title
        ("tetriz", [3]),
        ("chess", []),
        ("", []),
    ],
)
def test_a_mistyped_title_finds_those_that_are_like_it(typed: str, places: list[int]) -> None:
    assert most_similar(typed, TITLES, 3) == places


def test_each_title_is_listed_once_and_the_nearest_first() -> None:
    assert most_similar("tetris", ["Tetrix Tetrix Tetrix", "Tetris"], 3) == [1, 0]
    assert most_similar("tetris", ["Tetris", "Tetrix", "Tetriss"], 2) == [0, 2]
