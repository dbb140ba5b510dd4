"""The values of `config show` as text, and its files by their names."""

import pytest

from syncer.cli.commands.config import as_text, short_names


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (15, "15"),
        ("15m", "15m"),
        (["mastered", "beaten"], '["mastered", "beaten"]'),
        ([1, 2, 3], "[1, 2, 3]"),
        (list(range(1, 8001)), "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 7,988 more]"),
    ],
)
def test_a_value_is_written_as_in_toml_and_a_long_list_by_its_beginning(value: object, text: str) -> None:
    assert as_text(value) == text


def test_files_of_one_name_keep_their_paths() -> None:
    origins = ["default", "$SYNCER_API__KEY", "/etc/a/config.toml", "/etc/b/key", "/etc/c/key"]
    assert short_names(origins) == {"/etc/a/config.toml": "config.toml"}
