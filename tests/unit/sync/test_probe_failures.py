"""Probes that fail, are empty or repeat themselves, and the reading of all games."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from syncer.core.errors import BatchError
from syncer.core.model.account import NO_POINTS
from syncer.core.model.job import Job, JobKind
from syncer.core.model.library import GameInfo, GameList
from syncer.core.model.play import RecentPage
from syncer.core.model.run import RunOutcome
from syncer.core.model.schedule import DailySchedule
from syncer.core.sync.plan import PlayerState
from syncer.core.sync.run import SyncRun

from .harness import GOOD, HOUR, MINUTE, MORE, MemoryHarness
from .many_games import DAY, GAMES, days, many

__all__ = ["many"]  # a fixture, requested by its name


def test_an_empty_list_after_one_with_rows_moves_nothing(many: MemoryHarness) -> None:
    many.source.recent.clear()
    many.clock.pass_by(15 * 60)
    report = many.sync(only_due=True)
    assert report is not None
    assert report.outcome is RunOutcome.PARTIAL
    assert len(many.store.probes) == 1
    assert many.warnings() == [
        "the games played last were not read: an empty list of games, though the player has played some"
    ]


def test_an_empty_list_of_a_player_who_never_played_is_a_poll_of_the_account(many: MemoryHarness) -> None:
    home = MemoryHarness(GAMES)
    home.settings = {"idle_every": DAY}
    home.poll()
    home.clock.pass_by(15 * 60)
    home.sync(only_due=True)
    assert [probe.is_proven for probe in home.store.probes] == [True, True]
    home.source.sums = None  # no such player any more
    home.clock.pass_by(15 * 60)
    report = home.sync(only_due=True)
    assert report is not None
    assert report.outcome is RunOutcome.FAILED
    assert len(home.store.probes) == 2


def test_an_empty_list_after_a_reset_of_the_account_is_believed_by_its_points(many: MemoryHarness) -> None:
    many.source.recent.clear()
    many.source.sums = NO_POINTS
    many.clock.pass_by(15 * 60)
    report = many.sync(only_due=True)
    assert report is not None
    assert (report.outcome, many.store.probes[-1].is_proven) == (RunOutcome.OK, True)
    assert many.store.stored_jobs[JobKind.PROBE].cursor == "0"


def test_a_second_page_that_fails_leaves_the_first_one_stored(many: MemoryHarness) -> None:
    many.source.recent = {game: many.clock.now() + game * timedelta(seconds=1) for game in range(1, 101)}
    many.source.games[100] = MORE
    ask = many.source.recently_played

    def first_only(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        if offset:
            raise BatchError("500")
        return ask(user, offset, count)

    many.source.recently_played = first_only  # type: ignore[method-assign]
    assert many.poll(15 * MINUTE).outcome is RunOutcome.PARTIAL
    assert many.progress_of(100) == [GOOD, MORE]
    probe, now = many.store.stored_jobs[JobKind.PROBE], many.clock.now()  # and both are read again soon
    assert (probe.last_at, probe.next_at) == (now - 15 * MINUTE, now + 5 * MINUTE)
    assert [probe.is_whole for probe in many.store.probes[-1:]] == [False]


def test_a_probe_leaves_the_back_off_of_a_game_that_fails_otherwise(many: MemoryHarness) -> None:
    many.store.targets[2] = many.store.targets[2]._replace(
        failures=3, due_at=many.clock.now() + timedelta(hours=2)
    )
    many.clock.pass_by(15 * 60)
    many.sync(only_due=True)
    assert many.store.targets[2].failures == 3
    assert many.store.targets[2].last_seen_at == many.clock.now()


def test_a_probe_that_fails_alone_leaves_the_sweep(many: MemoryHarness) -> None:
    many.source.recent_failure = BatchError("500")
    reports = list(days(many, 1))
    assert {report.outcome for report in reports} == {RunOutcome.PARTIAL}
    assert {game for batch in many.source.asked for game in batch} == set(GAMES)
    assert any("games played last were not read" in warning for warning in many.warnings())


def test_a_failed_probe_is_tried_once_more_before_its_turn(many: MemoryHarness) -> None:
    """Two failures in a row would be a gap of the account."""
    waits, many.source.recent_failure = [], BatchError("500")
    many.clock.pass_by(15 * 60)
    for _ in range(4):
        many.sync(only_due=True)
        due = many.store.stored_jobs[JobKind.PROBE].next_at
        assert due
        waits.append((due - many.clock.now()) / MINUTE)
        many.clock.pass_by((due - many.clock.now()).total_seconds())
        if len(waits) == 3:
            many.source.recent_failure = None
    assert waits == [5, 15, 15, 15]
    many.source.recent_failure = BatchError("500")
    many.sync(only_due=True)
    assert many.store.stored_jobs[JobKind.PROBE].next_at == many.clock.now() + 5 * MINUTE


def test_a_probe_that_fails_with_the_whole_site_ends_the_run(many: MemoryHarness) -> None:
    many.source.recent_failure = many.source.profile_failure = BatchError("500")
    many.clock.pass_by(15 * 60)
    report = many.sync(only_due=True)
    assert report is not None
    assert (report.outcome, many.source.asked) == (RunOutcome.FAILED, [])


def test_a_sweep_that_fails_is_sent_again_by_the_next_run(many: MemoryHarness) -> None:
    mark = many.store.stored_jobs.get(JobKind.SWEEP)
    many.source.fault = lambda ids: BatchError("500")
    many.clock.pass_by(6 * 3600)
    many.sync(only_due=True)
    assert many.store.stored_jobs.get(JobKind.SWEEP) == mark


def test_all_games_that_were_ever_played_are_read_in_parts_of_a_thousand() -> None:
    home = MemoryHarness(range(1, 2501))
    home.settings = {"idle_every": DAY, "sessions": True, "played": True}
    home.source.recent = {game: home.clock.now() - game * MINUTE for game in home.games}
    home.games = ()
    for pages in (1 + 20, 1 + 20, 1 + 11, 1):  # 2,500 rows are 50 pages, and one that is empty
        home.source.probed.clear()
        home.sync()
        assert len(home.source.probed) == pages
        home.clock.pass_by(900)
    assert set(home.store.targets) == set(range(1, 2501))
    assert all(len(found) == 1 for found in home.store.snapshots_of.values())


def test_a_whole_reading_that_fails_leaves_the_probe_and_goes_on_where_it_stopped(
    many: MemoryHarness,
) -> None:
    many.settings["played"] = True
    many.source.recent = {game: many.clock.now() - game * MINUTE for game in range(1, 301)}
    ask = many.source.recently_played

    def fails_at_150(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        if offset == 150:
            raise BatchError("500")
        return ask(user, offset, count)

    many.source.recently_played = fails_at_150  # type: ignore[method-assign]
    many.clock.pass_by(15 * 60)
    report = many.sync(only_due=True)
    assert report is not None
    assert report.outcome is RunOutcome.PARTIAL
    assert many.store.stored_jobs[JobKind.PROBE].last_at == many.clock.now()
    assert many.store.stored_jobs[JobKind.RECENT_WHOLE].cursor == "150"
    many.source.recently_played = ask  # type: ignore[method-assign]
    many.source.probed.clear()
    many.clock.pass_by(15 * 60)
    many.sync(only_due=True)
    assert many.source.probed[-4:] == [150, 200, 250, 300]


def test_a_list_that_repeats_itself_is_not_read_for_ever(many: MemoryHarness) -> None:
    many.settings["played"] = True
    many.source.recent = {game: many.clock.now() - game * MINUTE for game in range(1, 301)}
    ask = many.source.recently_played
    many.source.recently_played = lambda user, offset=0, count=50: ask(user, 0, count)  # type: ignore
    for _ in range(2):
        many.source.probed.clear()
        many.clock.pass_by(15 * 60)
        many.sync(only_due=True)
    assert many.source.probed == [0]
    assert sum("repeats itself" in warning for warning in many.warnings()) == 1


def test_a_failed_second_check_waits_for_the_next_run(many: MemoryHarness) -> None:
    many.store.stored_jobs[JobKind.CHECK] = Job(next_at=many.clock.now())
    many.source.sums = None  # no such player: the check fails
    many.source.rank_failure = BatchError("500")
    many.settings["rank"] = True
    many.sync(only_due=True)
    interval = many.schedule.interval
    assert many.store.stored_jobs[JobKind.CHECK].next_at == many.clock.now() + interval


def test_more_than_one_page_of_games_played_since_is_read_and_stored(many: MemoryHarness) -> None:
    many.source.recent = {game: many.clock.now() + game * timedelta(seconds=1) for game in range(1, 76)}
    many.source.games[1] = MORE
    many.clock.pass_by(15 * 60)
    many.source.probed.clear()
    many.sync(only_due=True)
    assert many.source.probed == [0, 0, 50]
    assert many.progress_of(1) == [GOOD, MORE]


def test_after_the_first_whole_reading_the_next_one_rests_half_a_day_between_its_parts(
    many: MemoryHarness,
) -> None:
    many.settings["played"] = True
    many.source.recent = {game: many.clock.now() - game * MINUTE for game in range(1, 3001)}
    many.source.games |= dict.fromkeys(range(1, 3001), GOOD)
    many.store.stored_jobs[JobKind.RECENT_WHOLE] = Job(many.clock.now() - 40 * DAY)
    for pages in (1 + 20, 1):
        many.source.probed.clear()
        many.clock.pass_by(15 * 60)
        many.sync(only_due=True)
        assert len(many.source.probed) == pages
    assert many.store.stored_jobs[JobKind.RECENT_WHOLE].cursor == "1000"


def test_the_lists_of_a_search_give_titles(many: MemoryHarness) -> None:
    context = many.syncer
    titles = GameList((GameInfo(7, "Seven", 1, "NES", ""),))
    run = SyncRun(context, 1, many.clock.now(), PlayerState(), only_due=True)
    run.points.account.keep_list(1, titles)
    assert many.store.titles[7].console_id == 1


def test_the_games_of_a_search_are_polled_by_its_run(many: MemoryHarness) -> None:
    targets = tuple(many.store.targets.values())
    state = PlayerState(many.store.player, targets)
    run = SyncRun(
        many.syncer,
        many.store.open_run(None, "test", many.clock.now()),
        many.clock.now(),
        state,
        only_due=True,
    )
    run.points.search(targets, {JobKind.SEARCH: Job(cursor="a search that is under way")})
    assert run.points.account.size == many.batch_size
    run.points.account.poll([3, 1, 2])
    assert many.source.asked == [(3, 1, 2)]
    assert run.recorder.games == {1: True, 2: True, 3: True}


def test_times_of_the_day_start_no_run_between_them(many: MemoryHarness) -> None:
    promised = {target.expected_at for target in many.store.targets.values()}
    many.store.stored_jobs[JobKind.CHECK] = Job(next_at=many.clock.now())
    many.schedule = DailySchedule((time(18, 0),), ZoneInfo("UTC"))
    many.settings["idle_every"] = None
    assert many.syncer.next_wake() == min(moment for moment in promised if moment) - 18 * HOUR
