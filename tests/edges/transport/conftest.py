"""No test of the transport may log or print the key."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import KEY, Authority


@pytest.fixture(autouse=True)
def _the_key_is_in_no_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    logged = [f"{r.getMessage()} {r.__dict__}" for r in caplog.get_records("call")]
    assert KEY not in caplog.text + "".join(logged) + "".join(capfd.readouterr())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)
