"""How many rows of the games played last are requested; a site that takes fewer than before."""

from datetime import timedelta

from syncer.core.errors import InvalidRequest, RequestTooLarge
from syncer.core.model.job import Job, JobKind
from syncer.core.model.play import RecentPage
from syncer.core.model.run import RunOutcome

from .harness import GOOD, HOUR, MINUTE, MORE, MemoryHarness
from .many_games import DAY, many

__all__ = ["many"]  # a fixture, requested by its name


def takes_at_most(home: MemoryHarness, most: int) -> list[tuple[int, int]]:
    """Let the site refuse more rows; return the list of what is requested: offset and count."""
    ask, requests = home.source.recently_played, list[tuple[int, int]]()

    def limited(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        requests.append((offset, count))
        if count > most:
            raise RequestTooLarge("422") if count > 1 else InvalidRequest("422", parameters=["c"])
        return ask(user, offset, count)

    home.source.recently_played = limited  # type: ignore[method-assign]
    return requests


def run(home: MemoryHarness, after: timedelta = HOUR) -> RunOutcome:
    """Run after some time; a probe has all rows once an hour."""
    home.clock.pass_by(after.total_seconds())
    report = home.sync(only_due=True)
    assert report is not None
    return report.outcome


def test_a_probe_asks_for_ten_rows_and_once_an_hour_for_all(many: MemoryHarness) -> None:
    requests = takes_at_most(many, 50)
    for _ in range(8):
        run(many, 15 * MINUTE)
    assert [rows for _, rows in requests] == [10, 10, 10, 50, 10, 10, 10, 50]


def test_a_page_of_ten_new_rows_is_read_again_with_all_it_can_have(many: MemoryHarness) -> None:
    many.source.recent = {game: many.clock.now() + game * MINUTE / 60 for game in range(1, 14)}
    many.source.games[1] = MORE
    requests = takes_at_most(many, 50)
    run(many, 15 * MINUTE)
    assert requests == [(0, 10), (0, 50)]
    assert many.progress_of(1) == [GOOD, MORE]


def test_a_probe_that_asks_for_too_many_rows_goes_on_with_half_for_a_week(many: MemoryHarness) -> None:
    requests = takes_at_most(many, 30)
    assert [run(many), run(many)] == [RunOutcome.OK, RunOutcome.OK]
    assert requests == [(0, 50), (0, 25), (0, 25)]
    many.clock.pass_by(7 * 86400)
    run(many)
    assert requests[3:] == [(0, 50), (0, 25)]


def test_a_page_of_fewer_rows_that_is_full_is_followed_by_the_next_one(many: MemoryHarness) -> None:
    many.source.recent = {game: many.clock.now() + game * MINUTE / 60 for game in range(1, 41)}
    many.source.games[1] = MORE
    requests = takes_at_most(many, 30)
    run(many)
    assert requests == [(0, 50), (0, 25), (25, 25)]
    assert many.progress_of(1) == [GOOD, MORE]


def test_a_limit_that_comes_in_the_middle_loses_no_page_of_a_whole_reading(many: MemoryHarness) -> None:
    many.settings["played"] = True
    many.source.games |= dict.fromkeys(range(1001, 1121), GOOD)
    many.source.recent = {game: many.clock.now() - game * MINUTE for game in range(1001, 1121)}
    many.store.stored_jobs[JobKind.RECENT_WHOLE] = Job(many.clock.now() - 40 * DAY, cursor="50")
    requests = takes_at_most(many, 25)
    run(many)
    assert requests == [(0, 50), (0, 25), (50, 25), (75, 25), (100, 25)]
    assert {1001, 1025, 1051, 1120} <= set(many.store.targets)
    assert many.store.stored_jobs[JobKind.RECENT_WHOLE] == Job(many.clock.now())


def test_a_site_that_takes_not_even_one_row_is_warned_of_and_the_sweep_goes_on(many: MemoryHarness) -> None:
    requests = takes_at_most(many, 0)
    assert run(many) is RunOutcome.PARTIAL
    assert [count for _, count in requests] == [50, 25, 12, 6, 3, 1]
    assert many.warnings() == ["the games played last were not read: 422"]
    assert many.store.stored_jobs[JobKind.RECENT_ROWS] == Job()  # their number was not the cause
    many.clock.pass_by(86400)
    assert run(many) is RunOutcome.PARTIAL
    assert many.source.asked


def test_a_time_of_the_limit_that_a_fast_clock_has_stored_counts_as_over(many: MemoryHarness) -> None:
    many.store.stored_jobs[JobKind.RECENT_ROWS] = Job(next_at=many.clock.now() + 30 * DAY, cursor="25")
    requests = takes_at_most(many, 50)
    run(many)
    assert requests == [(0, 50)]


def test_any_other_invalid_request_lowers_nothing(many: MemoryHarness) -> None:
    many.source.recent_failure = InvalidRequest("422", parameters=["u"])
    assert run(many) is RunOutcome.PARTIAL
    assert JobKind.RECENT_ROWS not in many.store.stored_jobs
