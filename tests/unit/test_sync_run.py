"""The heart: whom to ask, whom to believe, who is at fault, and how a run ends."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.errors import (
    ApiError,
    BatchError,
    Cancelled,
    ConfigError,
    DatabaseCorrupt,
    DatabaseIncompatible,
    Deferred,
    EmptyResponse,
    InvalidRequest,
    PlayerNotFound,
    RateLimited,
    SiteUnavailable,
    StoreBusy,
    StoreError,
    SyncerError,
    TransientError,
    Unauthorized,
    UrlTooLong,
)
from syncer.core.events import BatchFailed, BatchRecorded, Event, RunEnded, RunStarted, WarningRaised
from syncer.core.model.decision import RejectionReason, Verdict
from syncer.core.model.player import Profile, Target
from syncer.core.model.progress import GameId, Progress, ProgressResponse, UnparsableEntry
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.model.schedule import IntervalSchedule, Schedule
from syncer.core.ports import TrackedPlayer
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.limiter import RateLimiter
from syncer.core.sync.player_sync import PlayerSync
from syncer.core.sync.run_report import classify_outcome
from tests.fakes import START, ULID, FakeClock, FakeSource, MemoryBudget, MemoryStore

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GOOD = Progress(10, 100, 2, 20, 1, 10)
MORE = Progress(10, 100, 3, 30, 1, 10)
RESET = Progress(10, 100, 0, 0, 0, 0)
ZERO = Progress(0, 0, 0, 0, 0, 0)
WRONG = Progress(10, 100, 2, 20, 3, 30)


class Home:
    """One player and some games, in memory."""

    def __init__(self, games: Iterable[GameId] = (1, 2, 3, 4), *, batch_size: int = 100) -> None:
        self.games, self.batch_size = tuple(games), batch_size
        self.clock, self.store = FakeClock(), MemoryStore()
        self.source = FakeSource(self.clock, {g: GOOD for g in self.games})
        self.events: list[Event] = []
        self.name: str | None = "Tester"
        self.ulid: str | None = None
        self.schedule: Schedule = IntervalSchedule(15 * MINUTE)
        self.check_profile = False
        self.others: frozenset[str] = frozenset()

    @property
    def syncer(self) -> PlayerSync:
        who = TrackedPlayer(self.name, self.ulid, self.games, self.schedule, 30 * MINUTE, self.batch_size)
        who = replace(who, others=self.others)
        return PlayerSync(
            who,
            self.source,
            self.store,
            self.store,
            self.store,
            self.clock,
            self.events.append,
            Random(7),
            self.check_profile,
        )

    def run(self, *, only_due: bool = False) -> RunReport | None:
        return self.syncer.run_once("test", only_due=only_due)

    def poll(self, after: timedelta = timedelta(0)) -> RunReport:
        self.clock.pass_by(after.total_seconds())
        self.source.asked.clear()
        self.source.names.clear()
        report = self.run()
        assert report is not None
        return report

    def see(
        self, seen: Progress | UnparsableEntry, after: timedelta = 15 * MINUTE, game: GameId = 1
    ) -> Verdict:
        """What is made of one game's answer: a report of one verdict."""
        self.source.games[game] = seen
        before = len(self.events)
        self.poll(after)
        found = [e for e in self.events[before:] if isinstance(e, BatchRecorded)]
        return next(d.verdict for e in found for d in e.decisions if d.game_id == game)

    def curve(self, game: GameId = 1) -> list[Progress]:
        return [stretch.progress for stretch in self.store.snapshots_of.get(game, [])]

    def failures(self) -> dict[GameId, int]:
        return {t.game_id: t.failures for t in self.store.targets.values()}

    @property
    def budget(self) -> budget_rules.RequestBudget:
        return self.source.limiter.read()


@pytest.fixture
def home() -> Home:
    made = Home()
    made.poll()
    return made


def poison(*bad: GameId) -> Callable[[tuple[GameId, ...]], ApiError | None]:
    return lambda ids: BatchError("500", raw="oops") if set(bad) & set(ids) else None


# A run


def test_the_first_run_binds_the_name_and_every_later_one_asks_by_ulid() -> None:
    home = Home()
    report = home.poll()
    assert home.source.names == ["Tester"]
    assert home.store.player is not None
    assert home.store.player.ulid == ULID
    assert report.verdicts == {Verdict.NEW: 4}
    assert (report.requests, report.targets_asked, report.targets_seen, report.snapshots_added) == (
        2, 4, 4, 4,
    )  # fmt: skip
    again = home.poll(15 * MINUTE)
    assert (home.source.names, again.requests, again.snapshots_added) == ([], 1, 0)


def test_a_run_tells_its_story_in_order(home: Home) -> None:
    assert [type(e) for e in home.events] == [RunStarted, BatchRecorded, RunEnded]
    assert home.events[0] == RunStarted("Tester", 4, 1)
    assert home.store.runs[1] == next(e.report for e in home.events if isinstance(e, RunEnded))


def test_nothing_due_leaves_no_run_and_asks_nothing(home: Home) -> None:
    home.clock.pass_by(14 * 60)
    assert home.run(only_due=True) is None
    assert (len(home.store.runs), home.source.requests) == (1, 2)
    home.clock.pass_by(60)
    assert home.run(only_due=True) is not None


def test_who_follows_no_game_any_more_is_not_asked(home: Home) -> None:
    home.games = ()
    home.clock.pass_by(3600)
    assert home.run(only_due=True) is None
    assert (len(home.store.runs), home.source.requests) == (1, 2)


def test_the_next_look_is_promised_from_the_start_of_the_run(home: Home) -> None:
    home.clock.pass_by(900)
    began = home.clock.now()

    def slow(ids: tuple[GameId, ...]) -> None:
        home.clock.pass_by(240)

    home.source.fault = slow
    home.run()
    target = home.store.targets[1]
    assert (target.due_at, target.expected_at) == (began + 15 * MINUTE, began + 15 * MINUTE)


def test_a_shorter_cadence_asks_at_once_and_a_longer_one_keeps_the_promise(home: Home) -> None:
    home.clock.pass_by(60)
    home.schedule = IntervalSchedule(HOUR)
    assert home.run(only_due=True) is None
    home.schedule = IntervalSchedule(5 * MINUTE)
    assert home.run(only_due=True) is not None
    assert home.store.targets[1].due_at == home.clock.now() + 5 * MINUTE


def test_what_was_not_asked_for_is_ignored(home: Home) -> None:
    home.source.extra = 3
    assert home.poll(15 * MINUTE).targets_asked == 4


@pytest.mark.parametrize(("name", "ulid", "label"), [(None, ULID, ULID), (None, None, "?")])
def test_a_player_without_a_name_is_called_by_ulid(name: str | None, ulid: str | None, label: str) -> None:
    assert TrackedPlayer(name, ulid, (), IntervalSchedule(MINUTE), MINUTE).label == label


# What is believed


def test_one_wrong_game_does_not_spoil_the_others(home: Home) -> None:
    home.source.games[2] = UnparsableEntry("TypeError", '"many"')
    del home.source.games[3]
    home.source.games[4] = ZERO
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.exit_code) == (RunOutcome.PARTIAL, 3)
    assert report.verdicts == {
        Verdict.SAME: 1, Verdict.UNPARSABLE: 1, Verdict.MISSING: 1, Verdict.SUSPECT: 1,
    }  # fmt: skip
    assert home.failures() == {1: 0, 2: 1, 3: 1, 4: 0}
    assert home.store.targets[2].expected_at == START + 15 * MINUTE  # a miss moves no promise


def test_zeros_then_good_then_zeros_within_twenty_minutes_confirm_nothing(home: Home) -> None:
    seen = [home.see(ZERO, 5 * MINUTE), home.see(GOOD, 6 * MINUTE), home.see(ZERO, 6 * MINUTE)]
    assert seen == [Verdict.SUSPECT, Verdict.SAME, Verdict.SUSPECT]
    assert home.curve() == [GOOD]


def test_zeros_that_last_ten_minutes_are_stored_at_the_look_that_confirms(home: Home) -> None:
    assert home.see(ZERO) is Verdict.SUSPECT
    assert home.see(ZERO, 9 * MINUTE) is Verdict.SUSPECT
    assert home.see(ZERO, MINUTE) is Verdict.CHANGED
    assert home.curve() == [GOOD, ZERO]
    assert home.store.snapshots_of[1][-1].first_seen_at == home.clock.now()
    assert home.see(ZERO) is Verdict.SAME


def test_other_numbers_begin_the_suspicion_anew(home: Home) -> None:
    worse = Progress(10, 100, 2, 20, 4, 40)
    assert [home.see(WRONG), home.see(worse, 9 * MINUTE), home.see(WRONG, 9 * MINUTE)] == [
        Verdict.SUSPECT
    ] * 3
    assert home.see(WRONG, 10 * MINUTE) is Verdict.CHANGED


def test_a_first_look_during_zeros_is_a_baseline_and_the_truth_a_change() -> None:
    home = Home()
    assert home.see(ZERO) is Verdict.NEW
    assert home.see(GOOD) is Verdict.CHANGED


def test_hardcore_above_all_is_doubted_at_first_sight_and_believed_when_it_lasts() -> None:
    home = Home()
    assert home.see(WRONG) is Verdict.SUSPECT
    assert home.see(WRONG, 10 * MINUTE) is Verdict.NEW


def test_a_mass_drop_must_last_six_hours_and_three_looks(home: Home) -> None:
    home.source.games = {1: RESET, 2: RESET, 3: RESET, 4: GOOD}
    home.poll(15 * MINUTE)
    first = home.clock.now()
    while home.clock.now() < first + 6 * HOUR - 10 * MINUTE:
        assert home.poll(10 * MINUTE).verdicts == {Verdict.SUSPECT: 3, Verdict.SAME: 1}
    assert home.poll(10 * MINUTE).verdicts == {Verdict.CHANGED: 3, Verdict.SAME: 1}


def test_a_mass_drop_of_two_looks_is_not_enough_however_far_apart(home: Home) -> None:
    home.source.games = {g: RESET for g in home.games}
    home.poll(15 * MINUTE)
    assert home.poll(7 * HOUR).verdicts == {Verdict.SUSPECT: 4}
    assert home.failures() == {1: 1, 2: 1, 3: 1, 4: 1}  # it has joined the back-off
    assert home.poll(30 * MINUTE).verdicts == {Verdict.CHANGED: 4}


def test_in_a_mass_drop_even_a_gain_must_wait(home: Home) -> None:
    home.source.games = {1: RESET, 2: RESET, 3: RESET, 4: MORE}
    assert home.poll(15 * MINUTE).verdicts == {Verdict.SUSPECT: 4}


def test_a_suspicion_is_asked_again_no_later_than_the_interval(home: Home) -> None:
    home.schedule = IntervalSchedule(5 * MINUTE)
    home.see(ZERO)
    assert home.store.targets[1].due_at == home.clock.now() + 5 * MINUTE


def test_a_late_look_at_equal_numbers_resumes(home: Home) -> None:
    assert home.see(GOOD, 46 * MINUTE) is Verdict.RESUMED
    assert home.curve() == [GOOD, GOOD]


# The clock


@pytest.mark.parametrize("back", [timedelta(seconds=1), 2 * MINUTE])
def test_a_clock_set_back_a_little_stamps_the_look_just_after_the_last(home: Home, back: timedelta) -> None:
    last = home.clock.now()
    home.clock.moment -= back
    assert home.poll().outcome is RunOutcome.OK
    assert home.store.snapshots_of[1][-1].last_seen_at == last + timedelta(milliseconds=1)


def test_a_clock_set_back_further_records_nothing_and_heals(home: Home) -> None:
    before = dict(home.store.targets)
    home.source.date = lambda: None
    home.source.budget.shelf[0] = (
        budget_rules.RequestBudget()
    )  # or the gate would wait for the slots booked before
    home.clock.moment -= 2 * MINUTE + timedelta(milliseconds=1)
    report = home.poll()
    assert (report.outcome, report.exit_code, report.targets_asked) == (RunOutcome.FAILED, 69, 0)
    assert "clock" in report.hint
    assert [r.reason for r in home.store.refused] == [RejectionReason.CLOCK]
    assert (home.store.targets, home.curve()) == (before, [GOOD])
    assert home.poll(10 * MINUTE).outcome is RunOutcome.OK


def test_a_clock_set_back_while_the_site_agrees_blames_no_setting(home: Home) -> None:
    home.clock.moment -= HOUR
    assert home.poll().hint == "Polls are recorded again once the clock has passed the newest stored poll."


def test_ten_years_forward_with_a_site_that_disagrees_is_refused_and_locks_nobody_out(home: Home) -> None:
    years = timedelta(days=3652)
    home.source.date = lambda: home.clock.now() - years
    home.clock.moment += years
    assert home.store.player is not None
    home.store.save_profile(home.store.player, Profile(ULID, "Tester"), home.clock.now())  # no profile today
    assert home.poll().outcome is RunOutcome.FAILED
    assert [r.reason for r in home.store.refused] == [RejectionReason.CLOCK]
    home.clock.moment -= years
    home.source.date = home.clock.now
    home.clock.pass_by(900)
    assert home.run(only_due=True) is not None
    assert (home.curve(), home.store.snapshots_of[1][-1].last_seen_at) == ([GOOD], home.clock.now())


@pytest.mark.parametrize("date", ["agrees", "absent"])
def test_years_later_without_a_site_that_disagrees_is_only_a_long_absence(home: Home, date: str) -> None:
    if date == "absent":
        home.source.date = lambda: None
    assert home.poll(timedelta(days=3652)).verdicts == {Verdict.RESUMED: 4}


def test_a_profile_from_another_day_binds_nobody() -> None:
    home = Home()
    home.source.date = lambda: home.clock.now() + timedelta(days=2)
    report = home.poll()
    assert (report.outcome, report.hint) == (RunOutcome.FAILED, "Set the machine's clock.")
    assert (home.store.player, home.source.asked) == (None, [])


# Whose fault


def test_a_failed_batch_is_judged_by_the_next_and_asked_again_in_halves() -> None:
    home = Home((1, 2, 3, 4, 5, 6), batch_size=4)
    home.source.fault = lambda ids: BatchError("timeout") if len(ids) > 2 else None
    report = home.poll()
    assert home.source.names == ["Tester"]  # the next batch was witness enough
    assert home.source.asked == [(1, 2, 3, 4), (5, 6), (1, 2), (3, 4)]
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 6)
    assert [e.game_ids for e in home.events if isinstance(e, BatchFailed)] == [(1, 2, 3, 4)]


def test_the_profile_is_the_witness_of_a_batch_that_is_alone(home: Home) -> None:
    home.source.fault = lambda ids: BatchError("500") if len(ids) > 2 else None
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK
    assert home.source.names == [ULID]


def test_when_the_witness_fails_too_no_target_is_touched(home: Home) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: BatchError("500", raw="oops")
    home.source.profile_failure = TransientError("cut", raw="half a line")
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.exit_code, report.error) == (RunOutcome.FAILED, 69, "cut")
    assert (home.store.targets, home.store.raws) == (before, ["half a line"])
    assert home.budget.wait_reason == "outage"


def test_the_sites_own_failure_ends_the_run_at_once(home: Home) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: SiteUnavailable("403", first_wait=900)
    home.poll(15 * MINUTE)
    assert (home.source.names, home.store.targets) == ([], before)
    assert home.budget.not_before is not None
    wait = home.budget.not_before - home.clock.now()
    assert 15 * MINUTE <= wait <= 19 * MINUTE


@pytest.mark.parametrize("bad", range(1, 31))
def test_a_poisonous_id_ends_alone_and_all_others_are_looked_at(bad: GameId) -> None:
    home = Home(range(1, 31), batch_size=10)
    home.source.fault = poison(bad)
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.PARTIAL, 3)
    assert report.verdicts == {Verdict.NEW: 29, Verdict.FAILED: 1}
    assert [g for g, n in home.failures().items() if n] == [bad]
    assert home.store.raws == ["oops"]


def test_a_poisonous_id_travels_in_ever_smaller_company(home: Home) -> None:
    home.source.fault = poison(3)
    home.poll(15 * MINUTE)
    home.poll(HOUR)
    assert home.source.asked[0] == (1, 2, 4)
    assert home.failures() == {1: 0, 2: 0, 3: 2, 4: 0}
    assert home.store.targets[3].due_at == home.clock.now() + HOUR


def test_three_failures_without_any_answer_give_up_and_all_miss() -> None:
    home = Home(range(1, 9), batch_size=4)
    home.source.fault = lambda ids: BatchError("500")
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 69)
    assert set(home.failures().values()) == {1}
    assert home.budget.outage_failures == 1


def test_giving_up_takes_three_questions_and_no_fourth(home: Home) -> None:
    home.source.fault = lambda ids: BatchError("500")
    home.poll(15 * MINUTE)
    assert home.source.asked == [(1, 2, 3, 4), (1, 2), (3, 4)]


def test_halving_spends_no_more_than_its_share_of_requests() -> None:
    home = Home(range(1, 101), batch_size=20)
    home.source.fault = poison(*range(1, 101, 2))
    home.source.games[2] = GOOD
    home.store.targets = {g: Target(g, START) for g in home.games}
    answered_first = iter([None])  # one good answer, so that nobody gives up

    def fault(ids: tuple[GameId, ...]) -> ApiError | None:
        return next(answered_first, poison(*range(1, 101, 2))(ids))

    home.source.fault = fault
    home.poll()
    assert len(home.source.asked) <= 5 + 32
    assert not any(t.expected_at is None and not t.failures for t in home.store.targets.values())


def test_an_empty_answer_is_the_sites_failure_while_the_profile_answers(home: Home) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: EmptyResponse("[]", raw="[]")
    report = home.poll(15 * MINUTE)
    assert (report.exit_code, home.source.names, home.store.raws) == (69, [ULID], ["[]"])
    assert home.store.targets == before


def test_an_empty_answer_of_a_player_who_is_gone_is_no_outage(home: Home) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: EmptyResponse("[]", raw="[]")
    home.source.profiles.clear()
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 69)
    assert home.store.player is not None
    assert home.store.player.gone_at == home.clock.now()
    assert (home.budget.wait_reason, home.store.targets) == (None, before)


def test_a_414_is_asked_again_at_once_in_halves_and_in_order(home: Home) -> None:
    home.source.fault = lambda ids: UrlTooLong("414") if len(ids) > 1 else None
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 4)
    assert home.source.asked == [(1, 2, 3, 4), (1, 2), (1,), (2,), (3,), (4,)]


def test_a_414_for_one_game_is_the_sites_failure(home: Home) -> None:
    home.source.fault = lambda ids: UrlTooLong("414")
    assert home.poll(15 * MINUTE).exit_code == 69
    assert set(home.failures().values()) == {0}


def test_after_a_414_the_plan_itself_is_shorter_for_a_week(home: Home) -> None:
    home.source.limiter.apply(budget_rules.on_url_too_long(4))
    home.poll(15 * MINUTE)
    assert home.source.asked == [(1, 2), (3, 4)]
    home.poll(timedelta(days=8))
    assert home.source.asked == [(1, 2, 3, 4)]


# Who the player is


def test_a_name_that_never_resolved_is_a_configuration_error() -> None:
    home = Home()
    home.source.profiles.clear()
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 78)
    assert "[[players]]" in report.hint
    assert home.source.asked == []


def test_a_gone_player_is_probed_once_a_day_and_may_return(home: Home) -> None:
    profiles = dict(home.source.profiles)
    home.source.profiles.clear()
    assert home.poll(timedelta(days=1)).exit_code == 69
    asked = home.source.requests
    for _ in range(23):
        home.clock.pass_by(3600)
        assert home.run(only_due=True) is None
    assert home.source.requests == asked
    home.source.profiles = profiles
    home.clock.pass_by(3600)
    report = home.run(only_due=True)
    assert report is not None
    assert report.outcome is RunOutcome.OK
    assert home.store.player is not None
    assert home.store.player.gone_at is None


def test_the_profile_is_asked_once_a_day_and_at_the_daemons_start(home: Home) -> None:
    home.poll(15 * MINUTE)
    assert home.source.names == []
    home.check_profile = True
    home.poll(15 * MINUTE)
    assert home.source.names == [ULID]
    home.check_profile = False
    home.poll(timedelta(days=1))
    assert home.source.names == [ULID]


def test_a_profile_that_is_not_read_today_spoils_no_run(home: Home) -> None:
    home.source.profile_failure = TransientError("cut")
    assert home.poll(timedelta(days=1)).outcome is RunOutcome.OK
    assert WarningRaised("Tester", "the profile was not read: cut") in home.events


STRANGER = "01K9BZ4QW0S7E2V5X8Y1N3M6PA"


@pytest.mark.parametrize(
    ("now_answers", "warned"),
    [
        (Profile(STRANGER, "Tester"), True),  # somebody else took the name
        (None, True),  # nobody has it: somebody may take it
        (Profile(ULID, "Renamed"), False),  # the site still leads the old name to them
    ],
)
def test_a_released_name_is_warned_of_and_the_binding_wins(
    home: Home, now_answers: Profile | None, warned: bool
) -> None:
    home.source.profiles = {ULID.lower(): Profile(ULID, "Renamed")}
    if now_answers:
        home.source.profiles["tester"] = now_answers
    assert home.poll(timedelta(days=1)).outcome is RunOutcome.OK
    warnings = [e.what for e in home.events if isinstance(e, WarningRaised)]
    assert len(warnings) == warned
    assert all(f'ulid = "{ULID}"' in what for what in warnings)
    assert home.store.player is not None
    assert (home.store.player.ulid, home.store.player.username) == (ULID, "Renamed")


# How a run ends


@pytest.mark.parametrize(
    ("error", "complete", "outcome", "code"),
    [
        (None, True, RunOutcome.OK, 0),
        (None, False, RunOutcome.PARTIAL, 3),
        (SiteUnavailable("DNS"), True, RunOutcome.FAILED, 69),
        (PlayerNotFound("gone"), True, RunOutcome.FAILED, 69),
        (StoreError("disk full"), True, RunOutcome.FAILED, 69),
        (RateLimited("429", START), True, RunOutcome.DEFERRED, 75),
        (Deferred("told to wait", START), False, RunOutcome.DEFERRED, 75),
        (StoreBusy("locked"), True, RunOutcome.DEFERRED, 75),
        (Unauthorized("401"), True, RunOutcome.FAILED, 77),
        (ConfigError("name"), True, RunOutcome.FAILED, 78),
        (InvalidRequest("422"), True, RunOutcome.FAILED, 78),
        (DatabaseIncompatible("newer"), True, RunOutcome.FAILED, 78),
        (DatabaseCorrupt("corrupt"), True, RunOutcome.FAILED, 65),
        (Cancelled(), True, RunOutcome.INTERRUPTED, 130),
    ],
)
def test_outcomes_and_exit_codes(
    error: SyncerError | None, complete: bool, outcome: RunOutcome, code: int
) -> None:
    assert classify_outcome(error, complete) == (outcome, code)


def test_a_refused_key_ends_the_run_with_a_hint(home: Home) -> None:
    home.source.fault = lambda ids: Unauthorized("the key was refused")
    report = home.poll(15 * MINUTE)
    assert (report.exit_code, report.error) == (77, "the key was refused")
    assert "syncer sync" in report.hint


def test_a_stop_interrupts_a_run_which_is_still_closed(home: Home) -> None:
    def stop(ids: tuple[GameId, ...]) -> ApiError | None:
        home.clock.stop()
        home.clock.wait(1)
        return None

    home.source.fault = stop
    report = home.poll(15 * MINUTE)
    assert report.outcome is RunOutcome.INTERRUPTED
    assert home.store.runs[2] == report


def test_a_look_that_was_made_outlives_a_passing_fault_of_the_database(home: Home) -> None:
    home.clock.pass_by(900)
    home.store.failures = [StoreBusy("locked"), StoreError("unreachable")]
    assert home.poll().outcome is RunOutcome.OK
    assert home.clock.request_budgets[-2:] == [0.5, 2.0]
    assert len(home.source.asked) == 1


@pytest.mark.parametrize(
    ("trouble", "code", "left"),
    [
        (StoreBusy("locked"), 75, 2),  # four tries
        (DatabaseCorrupt("broken"), 65, 5),  # no second try
        (DatabaseIncompatible("newer"), 78, 5),
    ],
)
def test_a_fault_of_the_database_that_stays_ends_the_run(
    home: Home, trouble: StoreError, code: int, left: int
) -> None:
    home.store.failures = [trouble] * 6
    home.store.close_trouble = trouble
    assert home.poll(15 * MINUTE).exit_code == code
    assert len(home.store.failures) == left


def test_a_good_run_that_cannot_be_closed_says_so(home: Home) -> None:
    home.store.close_trouble = StoreBusy("locked")
    with pytest.raises(StoreBusy):
        home.run()


# The shared budget


def test_a_short_wish_is_waited_for_and_a_long_one_defers_without_asking(home: Home) -> None:
    home.clock.pass_by(900)
    home.source.limiter.apply(budget_rules.on_retry_after(45, Random(1)))
    assert home.poll().outcome is RunOutcome.OK
    assert 45.0 in home.clock.request_budgets
    home.source.limiter.apply(budget_rules.on_retry_after(600, Random(1)))
    report = home.poll()
    assert (report.outcome, report.exit_code, home.source.asked) == (RunOutcome.DEFERRED, 75, [])
    assert home.poll(10 * MINUTE).outcome is RunOutcome.OK


def test_a_refused_key_is_probed_once_an_hour_by_the_daemon_and_at_once_by_a_person(home: Home) -> None:
    home.source.limiter.apply(budget_rules.on_unauthorized)
    assert (home.poll(59 * MINUTE).exit_code, home.source.asked) == (77, [])
    home.source.limiter.interactive = True
    assert home.poll().outcome is RunOutcome.OK
    home.source.limiter.interactive = False
    home.source.limiter.apply(budget_rules.on_unauthorized)
    assert home.poll(HOUR).outcome is RunOutcome.OK


def test_a_person_may_probe_an_outage_but_not_what_the_site_asked_for(home: Home) -> None:
    home.source.limiter.interactive = True
    home.source.limiter.apply(budget_rules.on_outage(600, Random(1)))
    assert home.poll().outcome is RunOutcome.OK
    home.source.limiter.apply(budget_rules.on_retry_after(600, Random(1)))
    assert home.poll().outcome is RunOutcome.DEFERRED


def test_a_wait_that_another_process_was_told_meanwhile_is_kept() -> None:
    clock, other = FakeClock(), FakeClock()
    store = MemoryBudget(clock)
    gate = RateLimiter(store, budget_rules.RateLimits(30, 1), clock)
    gate.acquire()

    class Told(FakeClock):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            store.seen_by(other).apply(budget_rules.on_retry_after(3600, Random(1)))

    waiting = Told()
    with pytest.raises(Deferred):
        RateLimiter(store.seen_by(waiting), budget_rules.RateLimits(30, 1), waiting).acquire()


def most_in_a_minute(left: list[datetime]) -> int:
    return max(sum(first <= moment < first + MINUTE for moment in left) for first in left)


def departures(limits: budget_rules.RateLimits, pauses: list[list[float]]) -> list[datetime]:
    """One taker for each list: who is earliest takes next, then rests as long as its list says."""
    shelf = [budget_rules.RequestBudget()]
    clocks = [FakeClock() for _ in pauses]
    gates = [RateLimiter(MemoryBudget(clock, shelf), limits, clock) for clock in clocks]
    rests = [iter(pause) for pause in pauses]
    left, busy = [], set(range(len(pauses)))
    while busy:
        taker = min(busy, key=lambda n: clocks[n].moment)
        rest = next(rests[taker], None)
        if rest is None:
            busy.remove(taker)
            continue
        gates[taker].acquire()
        left.append(clocks[taker].now())
        clocks[taker].pass_by(rest)
    return sorted(left)


@pytest.mark.parametrize(("rpm", "burst"), [(30, 3), (30, 1), (60, 20), (10, 5), (2, 1)])
def test_four_takers_together_never_exceed_the_budget_of_a_minute(rpm: int, burst: int) -> None:
    left = departures(budget_rules.RateLimits(rpm, burst), [[0.0] * 40] * 4)
    assert len(left) == 160
    assert most_in_a_minute(left) <= rpm
    assert left[burst - 1] == START  # the burst leaves at once


def test_takers_in_a_hurry_are_not_held_back_beyond_the_budget() -> None:
    limits = budget_rules.RateLimits(30, 3)
    left = departures(limits, [[0.0] * 40] * 4)
    assert left[-1] - START <= limits.spacing * (160 - limits.burst) + timedelta(seconds=1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 90), min_size=1, max_size=30), min_size=1, max_size=4),
    st.tuples(st.integers(2, 60), st.integers(1, 20)).filter(lambda n: n[1] < n[0]),
)
def test_no_arrivals_whatever_make_a_minute_too_full(
    pauses: list[list[float]], numbers: tuple[int, int]
) -> None:
    left = departures(budget_rules.RateLimits(*numbers), pauses)
    assert most_in_a_minute(left) <= numbers[0]


# Bugs


def test_a_profile_that_fails_at_the_first_look_backs_off_like_any_outage() -> None:
    home = Home()
    home.source.profile_failure = BatchError("500")
    assert home.poll().exit_code == 69
    assert home.budget.wait_reason == "outage"


def test_a_gone_players_targets_are_not_asked_while_the_profile_cannot_be_read(home: Home) -> None:
    home.source.profiles.clear()
    home.poll(timedelta(days=1))
    home.source.profile_failure = BatchError("500")
    home.poll(timedelta(days=1))
    assert home.source.asked == []


@pytest.mark.parametrize(("rpm", "burst", "takers"), [(10, 9, 4), (21, 20, 1), (2, 1, 12)])
def test_a_long_queue_is_no_reason_to_exceed_the_budget(rpm: int, burst: int, takers: int) -> None:
    left = departures(budget_rules.RateLimits(rpm, burst), [[0.0] * 40] * takers)
    assert most_in_a_minute(left) <= rpm


# Findings of those who tried to break it


def test_a_commit_whose_answer_was_lost_is_told_as_it_was_stored(home: Home) -> None:
    home.source.games[1] = MORE
    home.store.failures, home.store.answer_lost = [StoreError("the connection dropped")], True
    report = home.poll(15 * MINUTE)
    assert report.verdicts == {Verdict.SAME: 3, Verdict.CHANGED: 1}
    assert home.curve() == [GOOD, MORE]


def test_a_look_is_as_old_as_its_answer_not_as_our_bookkeeping(home: Home) -> None:
    read_at = home.clock.now() + 15 * MINUTE
    ask = home.source.progress

    def slow_bookkeeping(user: str, ids: Sequence[GameId]) -> ProgressResponse:
        answer = replace(ask(user, ids), at=home.clock.now())
        home.clock.pass_by(4)
        return answer

    home.source.progress = slow_bookkeeping  # type: ignore[assignment, method-assign]
    home.poll(15 * MINUTE)
    assert home.store.snapshots_of[1][-1].last_seen_at == read_at


def test_known_poison_alone_blames_nobody_else() -> None:
    """Three ids that have failed before, due together: they miss once more, the key waits for nothing."""
    home = Home((1, 2, 3))
    home.poll()
    home.source.fault = poison(1, 2, 3)
    home.poll(15 * MINUTE)
    home.source.limiter.apply(budget_rules.on_success)
    assert home.failures() == {1: 1, 2: 1, 3: 1}
    report = home.poll(HOUR)
    assert (report.outcome, report.exit_code) == (RunOutcome.PARTIAL, 3)
    assert home.budget.not_before is None


def test_two_entries_of_one_player_are_refused_and_change_nothing(home: Home) -> None:
    before = dict(home.store.targets)
    home.games, home.others = (3,), frozenset({ULID.lower()})
    report = home.poll(15 * MINUTE)
    assert (report.exit_code, report.cause) == (78, "ConfigError")
    assert home.store.targets == before


def test_a_mistake_of_ours_leaves_no_run_open(home: Home) -> None:
    home.source.fault = lambda ids: 1 / 0  # type: ignore[assignment, return-value]
    with pytest.raises(ZeroDivisionError):
        home.poll(15 * MINUTE)
    report = home.store.runs[2]
    assert report is not None
    assert report.outcome is RunOutcome.FAILED


def test_a_run_is_closed_though_the_database_is_away_for_a_moment(home: Home) -> None:
    close, failures = home.store.close_run, [StoreError("away"), StoreError("away")]

    def sometimes(*given: Any) -> None:
        if failures:
            raise failures.pop()
        close(*given)

    home.store.close_run = sometimes  # type: ignore[assignment, method-assign]
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK
    assert home.store.runs[2] is not None


def test_an_outage_that_cannot_be_written_down_is_the_runs_end_not_a_crash(home: Home) -> None:
    home.source.fault = lambda ids: SiteUnavailable("DNS")
    home.source.limiter.apply = lambda transition: (_ for _ in ()).throw(StoreBusy("locked"))  # type: ignore[method-assign]
    assert home.poll(15 * MINUTE).exit_code == 75


def test_a_player_who_is_gone_is_thought_of_once_a_day(home: Home) -> None:
    home.source.profiles.clear()
    home.check_profile = True
    home.poll(15 * MINUTE)
    assert home.store.player
    wake = home.syncer.next_wake()
    assert wake == home.clock.now() + 24 * HOUR


def test_the_sites_clock_a_week_off_stops_no_look_at_games(home: Home) -> None:
    home.source.date = lambda: home.clock.now() + timedelta(days=2)
    home.check_profile = True
    report = home.poll(15 * MINUTE)
    assert report.outcome is RunOutcome.OK
    assert any("clock" in e.what for e in home.events if isinstance(e, WarningRaised))


def test_somebody_elses_profile_is_not_believed(home: Home) -> None:
    home.source.profiles[ULID.lower()] = Profile("0" * 26, "Mallory")
    home.check_profile = True
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK
    assert home.store.player
    assert home.store.player.username == "Tester"
    assert any("Mallory" in e.what for e in home.events if isinstance(e, WarningRaised))


def test_a_configured_ulid_binds_nobody_else() -> None:
    home = Home()
    home.name, home.ulid = None, ULID
    home.source.profiles[ULID.lower()] = Profile("0" * 26, "Mallory")
    assert home.poll().outcome is RunOutcome.FAILED
    assert home.store.player is None


@pytest.mark.parametrize(
    "failure", [SiteUnavailable("403"), InvalidRequest("422"), UrlTooLong("414"), TransientError("cut")]
)
def test_a_fault_of_the_profile_alone_stops_no_look_at_games(home: Home, failure: ApiError) -> None:
    home.source.profile_failure, home.check_profile = failure, True
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK


@pytest.mark.parametrize("odd", [UrlTooLong("414"), InvalidRequest("422"), SiteUnavailable("404")])
def test_whatever_a_witness_says_instead_is_an_outage_that_backs_off(home: Home, odd: ApiError) -> None:
    home.source.fault = lambda ids: BatchError("500")
    home.source.profile_failure = odd
    assert home.poll(15 * MINUTE).exit_code == 69
    assert home.budget.not_before is not None


@pytest.mark.parametrize("error", [UrlTooLong("414"), InvalidRequest("422"), EmptyResponse("[]")])
def test_a_run_that_ends_by_a_failure_of_the_site_is_not_begun_again_at_once(
    home: Home, error: ApiError
) -> None:
    home.source.fault = lambda ids: error
    home.poll(15 * MINUTE)
    assert home.budget.not_before is not None


def test_an_empty_answer_is_waited_for_longer_each_time_though_the_profile_answers(home: Home) -> None:
    home.source.fault = lambda ids: EmptyResponse("[]")
    for _ in range(4):
        home.poll(2 * HOUR)
    assert home.budget.outage_failures == 4
    home.source.fault = lambda ids: None
    home.poll(2 * HOUR)
    assert home.budget.outage_failures == 0
