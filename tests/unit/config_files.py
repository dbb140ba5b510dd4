"""Shared by the tests of the configuration."""

from pathlib import Path

import pytest

from syncer.config import load
from syncer.core.errors import ConfigError

CANARY = "canary0secret"  # must not be in any message
GOOD = {"SYNCER_API__USERNAME": "Max", "SYNCER_API__KEY": CANARY, "SYNCER_PLAYERS__0__GAMES": "1, 2,2"}
WHOLE_KEY = {"SYNCER_API__KEY": "k" * 32}  # one that is not warned of


def write_config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def problems_of(folder: Path, text: str = "", environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as found:
        load(write_config(folder, text), environ or {})
    assert CANARY not in str(found.value) + "".join(found.value.problems)
    return list(found.value.problems)
