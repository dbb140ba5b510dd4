"""Events are passed to all listeners, whatever one of them does."""

import logging

import pytest

from syncer.core.announce import announce_to
from syncer.core.events import Event, WarningRaised


def test_a_listener_that_fails_is_logged_and_affects_no_other(caplog: pytest.LogCaptureFixture) -> None:
    received: list[Event] = []

    def fail(event: Event) -> None:
        raise ValueError("broken")

    event = WarningRaised("Tester", "careful")
    with caplog.at_level(logging.ERROR):
        announce_to([fail, received.append])(event)
    assert received == [event]
    assert [record.getMessage() for record in caplog.records] == ["A listener failed"]
    assert caplog.records[0].exc_info
