"""Which games the words of a search mean."""

import pytest

from syncer.core.formats.search import is_found


@pytest.mark.parametrize("words", ["", "14402", "POKEMON", "pokémon red", "gáme boy"])
def test_words_are_found_in_title_console_and_id(words: str) -> None:
    assert is_found(words, 14402, "Pokémon Red", "Game Boy")


@pytest.mark.parametrize("words", ["1440", "red game", "none"])
def test_a_part_of_an_id_or_words_of_two_texts_find_nothing(words: str) -> None:
    assert not is_found(words, 14402, "Pokémon Red", "Game Boy")
    assert not is_found(words, 14402, None, None)
