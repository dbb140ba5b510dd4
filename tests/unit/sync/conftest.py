"""The player of these tests, after a first run."""

import pytest

from .harness import MemoryHarness


@pytest.fixture
def home() -> MemoryHarness:
    made = MemoryHarness()
    made.poll()
    return made
