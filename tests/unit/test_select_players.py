"""The player that a command names."""

from types import SimpleNamespace
from typing import Any

import pytest

from syncer.cli.support.select_players import select_players
from syncer.core.errors import ConfigError


def test_an_unknown_name_is_refused_with_the_first_names_of_many() -> None:
    named: list[Any] = [
        SimpleNamespace(tracked=SimpleNamespace(label=f"P{number}", ulid=None)) for number in range(40)
    ]
    assert select_players(named, "p7") == [named[7]]
    with pytest.raises(
        ConfigError, match=r"Fox is not one of the configured players \(P0, .*P9 and 30 more\)"
    ):
        select_players(named, "Fox")
