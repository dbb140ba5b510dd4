"""The fixtures of the faults: a player in virtual time, and the simulated site with real commands."""

from collections.abc import Iterator

import pytest

from tests.edges.harness import SyncHarness
from tests.edges.outbox_harness import set_services
from tests.system.conftest import each_empty_site as each_empty_site
from tests.system.conftest import each_site as each_site
from tests.system.conftest import site as site


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """A player with a notification service, after the first poll."""
    made = SyncHarness(database_url)
    set_services(made, "one-0001")
    made.poll()
    yield made
    made.close()
