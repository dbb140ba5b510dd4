"""The account's rank and points: once an hour, in a run that goes anyway."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.core.errors import Deferred, SiteUnavailable
from syncer.core.model.account import RankAndScore
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.run import RunReport
from syncer.core.model.schedule import DailySchedule
from syncer.core.sync.player_sync import PlayerSync
from tests.fakes import ULID

from .harness import HOUR, MINUTE, MemoryHarness

ZEROS = RankAndScore(AccountSums(0, 0), None)


class RankHarness(MemoryHarness):
    @property
    def syncer(self) -> PlayerSync:
        made = super().syncer
        made.tracked = replace(made.tracked, rank=True)
        return made


@pytest.fixture
def home() -> RankHarness:
    return RankHarness()


def run_for(home: MemoryHarness, length: timedelta, every: timedelta = 15 * MINUTE) -> list[int]:
    """Let time pass, and return in which runs the rank was read. Each starts a few milliseconds early."""
    found = []
    for number in range(round(length / every)):
        before = len(home.store.ranks)
        home.poll(every - timedelta(milliseconds=3))
        found += [number] if len(home.store.ranks) > before else []
    return found


def test_the_first_run_and_then_every_fourth_of_quarter_hours_reads_it(home: RankHarness) -> None:
    assert run_for(home, 6 * HOUR) == [0, 4, 8, 12, 16, 20]
    assert home.source.requests == 24 + 1 + 6  # polls, the profile, and one an hour


def test_no_run_starts_for_it(home: RankHarness) -> None:
    home.poll()
    home.schedule = replace(home.schedule, interval=5 * HOUR)  # type: ignore[type-var]
    home.poll()
    home.clock.pass_by(3 * 3600)
    assert home.sync(only_due=True) is None
    assert len(home.store.ranks) == 1


def test_it_is_promised_for_the_run_that_reads_it_next(home: RankHarness) -> None:
    home.poll()
    ((answer, proof, poll),) = home.store.ranks
    assert (answer.rank, proof) == (4711, AccountSums(60, 35))
    assert (poll.endpoint, poll.run_id, poll.promised) == ("GetUserRankAndScore", 1, HOUR)


def test_it_is_not_read_at_times_of_the_day_nor_without_the_setting(home: RankHarness) -> None:
    times = (home.clock.now() + 2 * HOUR, home.clock.now() + 4 * HOUR)
    daily, plain = RankHarness(), MemoryHarness()
    daily.schedule = DailySchedule(tuple(moment.time() for moment in times), home.clock.now().tzinfo)  # type: ignore[arg-type]
    for other in (daily, plain):
        run_for(other, 3 * HOUR, HOUR)
        assert other.store.ranks == []


def test_zeros_are_proved_by_the_points_of_the_player(home: RankHarness) -> None:
    home.poll()
    home.source.ranked, home.source.sums = ZEROS, AccountSums(0, 0)
    assert home.poll(HOUR).requests == 3  # batch, rank, points
    assert home.store.ranks[-1][:2] == (replace(ZEROS, date=home.clock.now()), ZEROS.sums)


def test_a_profile_of_the_same_run_proves_them_without_another_request(home: RankHarness) -> None:
    home.poll()
    home.source.ranked, home.source.sums = ZEROS, None
    profile = replace(home.source.profiles[ULID.lower()], total_points=60, total_softcore_points=35)
    home.source.profiles[ULID.lower()] = profile
    home.check_profile = True
    assert home.poll(HOUR).requests == 3
    assert home.store.ranks[-1][1] == AccountSums(60, 35)


def test_zeros_of_a_player_whom_the_points_do_not_know_are_not_stored(home: RankHarness) -> None:
    home.poll()
    home.source.ranked, home.source.sums = ZEROS, None
    report = home.poll(HOUR)
    assert (len(home.store.ranks), report.targets_seen) == (1, 4)
    assert "no longer known" in report.error
    assert home.store.player is not None
    assert home.store.player.gone_at == home.clock.now()


def test_a_failure_is_a_warning_and_does_not_stop_the_run(home: RankHarness) -> None:
    home.source.rank_failure = SiteUnavailable("a web page instead of data")
    report = home.poll()
    assert (*_outcome(report), home.store.ranks) == (4, "", [])
    assert home.warnings() == ["rank and points were not read: a web page instead of data"]


def test_an_exhausted_budget_ends_the_run(home: RankHarness) -> None:
    home.source.rank_failure = Deferred("wait", home.clock.now() + HOUR)
    assert _outcome(home.poll()) == (4, "wait")


def _outcome(report: RunReport) -> tuple[int, str]:
    return report.targets_seen, report.error
