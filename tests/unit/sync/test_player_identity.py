"""Which player a name or ULID stands for, and what a run does when that changes."""

from datetime import timedelta

import pytest

from syncer.core.errors import (
    ApiError,
    BatchError,
    InvalidRequest,
    SiteUnavailable,
    TransientError,
    UrlTooLong,
)
from syncer.core.events import WarningRaised
from syncer.core.model.player import Profile
from syncer.core.model.run import RunOutcome
from tests.fakes import ULID

from .harness import HOUR, MINUTE, MemoryHarness


def test_a_name_that_never_resolved_is_a_configuration_error() -> None:
    home = MemoryHarness()
    home.source.profiles.clear()
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 78)
    assert "[[players]]" in report.hint
    assert home.source.asked == []


def test_a_gone_player_is_probed_once_a_day_and_may_return(home: MemoryHarness) -> None:
    profiles = dict(home.source.profiles)
    home.source.profiles.clear()
    assert home.poll(timedelta(days=1)).exit_code == 69
    asked = home.source.requests
    for _ in range(23):
        home.clock.pass_by(3600)
        assert home.sync(only_due=True) is None
    assert home.source.requests == asked
    home.source.profiles = profiles
    home.clock.pass_by(3600)
    report = home.sync(only_due=True)
    assert report is not None
    assert report.outcome is RunOutcome.OK
    assert home.store.player is not None
    assert home.store.player.gone_at is None


def test_the_profile_is_read_once_a_day_and_at_the_start_of_the_daemon(home: MemoryHarness) -> None:
    home.poll(15 * MINUTE)
    assert home.source.names == []
    home.check_profile = True
    home.poll(15 * MINUTE)
    assert home.source.names == [ULID]
    home.check_profile = False
    home.poll(timedelta(days=1))
    assert home.source.names == [ULID]


def test_a_profile_that_cannot_be_read_is_only_a_warning(home: MemoryHarness) -> None:
    home.source.profile_failure = TransientError("cut")
    assert home.poll(timedelta(days=1)).outcome is RunOutcome.OK
    assert WarningRaised("Tester", "the profile was not read: cut") in home.events


OTHER_ULID = "01K9BZ4QW0S7E2V5X8Y1N3M6PA"


@pytest.mark.parametrize(
    ("found", "warned"),
    [
        (Profile(OTHER_ULID, "Tester"), True),  # somebody else took the name
        (None, True),  # nobody has it: somebody may take it
        (Profile(ULID, "Renamed"), False),  # the site still leads the old name to them
    ],
)
def test_a_released_name_is_a_warning_and_the_ulid_stays_bound(
    home: MemoryHarness, found: Profile | None, warned: bool
) -> None:
    home.source.profiles = {ULID.lower(): Profile(ULID, "Renamed")}
    if found:
        home.source.profiles["tester"] = found
    assert home.poll(timedelta(days=1)).outcome is RunOutcome.OK
    warnings = [e.what for e in home.events if isinstance(e, WarningRaised)]
    assert len(warnings) == warned
    assert all(f'ulid = "{ULID}"' in what for what in warnings)
    assert home.store.player is not None
    assert (home.store.player.ulid, home.store.player.username) == (ULID, "Renamed")


def test_a_gone_player_is_not_polled_while_the_profile_cannot_be_read(home: MemoryHarness) -> None:
    home.source.profiles.clear()
    home.poll(timedelta(days=1))
    home.source.profile_failure = BatchError("500")
    home.poll(timedelta(days=1))
    assert home.source.asked == []


def test_two_entries_of_one_player_are_rejected_and_change_nothing(home: MemoryHarness) -> None:
    before = dict(home.store.targets)
    home.games, home.others = (3,), frozenset({ULID.lower()})
    report = home.poll(15 * MINUTE)
    assert (report.exit_code, report.cause) == (78, "ConfigError")
    assert home.store.targets == before


def test_the_daemon_wakes_once_a_day_for_a_gone_player(home: MemoryHarness) -> None:
    home.source.profiles.clear()
    home.check_profile = True
    home.poll(15 * MINUTE)
    assert home.store.player
    wake = home.syncer.next_wake()
    assert wake == home.clock.now() + 24 * HOUR


def test_the_profile_of_another_player_is_rejected(home: MemoryHarness) -> None:
    home.source.profiles[ULID.lower()] = Profile("0" * 26, "Mallory")
    home.check_profile = True
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK
    assert home.store.player
    assert home.store.player.username == "Tester"
    assert any("Mallory" in e.what for e in home.events if isinstance(e, WarningRaised))


def test_a_configured_ulid_binds_no_other_player() -> None:
    home = MemoryHarness()
    home.name, home.ulid = None, ULID
    home.source.profiles[ULID.lower()] = Profile("0" * 26, "Mallory")
    assert home.poll().outcome is RunOutcome.FAILED
    assert home.store.player is None


@pytest.mark.parametrize(
    "failure", [SiteUnavailable("403"), InvalidRequest("422"), UrlTooLong("414"), TransientError("cut")]
)
def test_a_failure_of_the_profile_alone_stops_no_polls(home: MemoryHarness, failure: ApiError) -> None:
    home.source.profile_failure, home.check_profile = failure, True
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK
