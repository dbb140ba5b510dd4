"""No test of the client may log the key."""

import logging
from collections.abc import Iterator

import pytest

from .harness import KEY


@pytest.fixture(autouse=True)
def _the_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text
