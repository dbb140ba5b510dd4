"""What happens to people, lived through on both databases: the real heart, the real store, virtual time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncer.core.errors import BatchError, SiteUnavailable, StoreError, Unauthorized
from syncer.core.model.progress import Progress
from syncer.core.model.run import RunOutcome
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ratelimit.budget import on_retry_after
from syncer.store.admin.integrity import check
from syncer.store.write.runs import SqlBatchWork

from .harness import Games, SyncHarness

HOUR = timedelta(hours=1)
ZERO = Progress(0, 0, 0, 0, 0, 0)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url)
    yield made
    assert check(made.database) == []
    made.close()


def zeros(games: Games) -> Games:
    return {game: ZERO for game in games}


def only_zero(game: int) -> "type[Games]":
    return lambda games: {**games, game: ZERO}  # type: ignore[return-value]


def test_two_equal_looks_are_one_row_and_an_unlock_is_a_second(home: SyncHarness) -> None:
    home.poll()
    home.clock.pass_by(900)
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.clock.pass_by(900)
    home.poll()
    assert home.kinds(1) == ["baseline", "unlock"]
    assert home.kinds(2) == ["baseline"]
    assert [row["poll_count"] for row in home.history(2)] == [3]


def test_an_outage_of_twenty_hours_is_claimed_by_no_stretch(home: SyncHarness) -> None:
    home.live(2 * HOUR)
    began = home.clock.now()
    home.source.failure = SiteUnavailable("DNS")
    home.live(20 * HOUR)
    home.source.failure = None
    home.live(2 * HOUR)
    assert home.kinds(1) == ["baseline", "resumed*"]
    word = home.state(began + 10 * HOUR)[1][1]
    assert word == "gap"
    gap = home.queries.history.gaps(home.tracked.id, home.clock.now(), timedelta(minutes=30))[0]
    assert 20 * HOUR <= gap["ended_at"] - gap["started_at"] <= 22 * HOUR


def test_an_outage_is_asked_less_and_less_but_at_least_hourly(home: SyncHarness) -> None:
    home.poll()
    home.source.failure = SiteUnavailable("DNS")
    before = home.source.requests
    home.live(20 * HOUR)
    assert 15 <= home.source.requests - before <= 40


def test_a_changed_cadence_invents_no_gap(home: SyncHarness) -> None:
    home.live(HOUR)
    home.schedule = IntervalSchedule(6 * HOUR)
    home.live(20 * HOUR)
    home.schedule = IntervalSchedule(timedelta(minutes=15))
    home.live(2 * HOUR)
    assert home.kinds(1) == ["baseline"]
    looks = home.history(1)[0]["poll_count"]
    assert 4 + 3 + 6 <= looks <= 4 + 4 + 10


def test_a_poisonous_id_ends_alone_and_all_others_are_asked(database_url: str) -> None:
    home = SyncHarness(database_url, games=tuple(range(1, 7)), batch_size=3)
    home.poll()
    home.source.poison, home.source.poisoned = {5}, BatchError("500")
    home.live(12 * HOUR)
    for game in (1, 2, 3, 4, 6):
        assert home.kinds(game) == ["baseline"], game  # never late
    assert home.state(home.clock.now())[5][1] == "gap"
    home.source.poisoned = None
    home.live(7 * HOUR)
    assert home.state(home.clock.now())[5][1] in ("known", "between")
    home.close()


def test_the_clock_back_an_hour_heals_without_a_wrong_row(home: SyncHarness) -> None:
    home.live(HOUR)
    last = home.history(1)[-1]["last_seen_at"]
    home.clock.moment -= HOUR
    assert home.poll().outcome is RunOutcome.FAILED
    assert home.history(1)[-1]["last_seen_at"] == last
    home.live(2 * HOUR)
    assert home.history(1)[-1]["last_seen_at"] > last
    assert home.kinds(1) == ["baseline"]


def test_the_clock_ten_years_ahead_for_one_run_leaves_no_row_there(home: SyncHarness) -> None:
    home.live(HOUR)
    now = home.clock.moment
    home.clock.moment += timedelta(days=3652)
    assert home.poll().outcome is RunOutcome.FAILED
    home.clock.moment = now + timedelta(seconds=60)
    home.live(HOUR)
    assert home.kinds(1) == ["baseline"]
    assert home.history(1)[-1]["last_seen_at"] > home.clock.now() - timedelta(minutes=30)


def test_a_small_step_back_is_stamped_just_after_the_last_look(home: SyncHarness) -> None:
    home.poll()
    last = home.history(1)[0]["last_seen_at"]
    home.clock.moment -= timedelta(seconds=60)
    assert home.poll().outcome is RunOutcome.OK
    assert home.history(1)[0]["last_seen_at"] == last + timedelta(milliseconds=1)


def test_zeros_good_zeros_within_twenty_minutes_confirm_nothing(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.poll()
    for weather in (only_zero(1), None, only_zero(1)):
        home.clock.pass_by(400)
        home.source.fault = weather  # type: ignore[assignment]
        home.poll()
    assert home.kinds(1) == ["baseline"]


def test_zeros_for_eleven_minutes_are_believed_at_the_confirming_look(home: SyncHarness) -> None:
    home.poll()
    home.source.fault = only_zero(1)  # type: ignore[assignment]
    for _ in range(3):
        home.clock.pass_by(330)
        home.poll()
    assert home.kinds(1) == ["baseline", "gone"]
    assert home.history(1)[1]["first_seen_at"] > home.history(1)[0]["last_seen_at"] + timedelta(minutes=10)


def test_the_site_telling_zeros_about_everything_is_not_believed_for_hours(home: SyncHarness) -> None:
    for game in (1, 2, 3, 4):
        home.world.earn("Tester", game, 2, home.clock.now())
    home.poll()
    home.source.fault = zeros
    home.live(5 * HOUR)
    assert [home.kinds(game) for game in (1, 2, 3, 4)] == [["baseline"]] * 4
    home.source.fault = None
    home.live(HOUR)
    assert [home.kinds(game)[-1] for game in (1, 2, 3, 4)] == ["resumed*"] * 4


def test_a_first_look_during_zeros_returns_without_a_gain(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.source.fault = zeros
    home.poll()
    home.source.fault = None
    home.clock.pass_by(900)
    home.poll()
    assert home.kinds(1) == ["baseline", "returned"]


def test_a_reset_of_one_game_is_stored_at_once_and_named(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 3, home.clock.now())
    home.poll()
    home.world.reset_game("Tester", 1)
    home.clock.pass_by(900)
    home.poll()
    assert home.kinds(1) == ["baseline", "reset"]


def test_a_game_away_for_a_week_leaves_a_gap_and_keeps_its_history(home: SyncHarness) -> None:
    home.schedule = IntervalSchedule(2 * HOUR)
    home.poll()
    home.games = (1, 2, 3)
    home.live(timedelta(days=7), step=timedelta(minutes=125))
    home.games = (1, 2, 3, 4)
    home.live(2 * HOUR)
    assert home.kinds(4) == ["baseline", "resumed*"]
    assert home.kinds(1) == ["baseline"]


def test_a_renamed_player_is_asked_by_ulid_and_a_stranger_with_the_old_name_is_ignored(
    home: SyncHarness,
) -> None:
    home.world.rename("Tester", "Middle")
    home.name = "Middle"
    home.world.earn("Middle", 1, 1, home.clock.now())
    home.poll()
    home.world.rename("Middle", "Newest")
    stranger = home.world.add_account("Somebody", "s" * 32)
    home.world.rename("Somebody", "Middle")
    home.world.earn(stranger, 1, 4, home.clock.now())
    home.live(timedelta(hours=30), step=timedelta(minutes=15))
    assert home.history(1)[-1]["num_achieved"] == 1
    assert home.tracked.username == "Newest"
    assert any("Middle" in getattr(event, "what", "") for event in home.events)


def test_a_deleted_player_keeps_what_was_stored_and_is_probed_daily(home: SyncHarness) -> None:
    home.live(HOUR)
    home.world.delete_account("Tester")
    home.live(HOUR)
    before = home.source.requests
    home.live(timedelta(days=3), step=timedelta(minutes=15))
    assert home.source.requests - before <= 4
    assert home.kinds(1) == ["baseline"]


def test_a_refused_key_is_probed_hourly_and_heals(home: SyncHarness) -> None:
    from syncer.core.ratelimit import budget

    home.poll()
    home.source.limiter.apply(budget.on_unauthorized)
    before = home.source.requests
    home.live(timedelta(minutes=50))
    assert home.source.requests == before
    with pytest.raises(Unauthorized):
        home.source.limiter.acquire()
    home.live(HOUR)
    assert home.source.requests > before


def test_a_wish_to_wait_survives_a_restart(home: SyncHarness) -> None:
    from random import Random

    home.poll()
    home.source.limiter.apply(on_retry_after(7200, Random(1)))
    assert home.poll().outcome is RunOutcome.DEFERRED
    before = home.source.requests
    home.live(timedelta(minutes=110))
    assert home.source.requests == before
    home.live(HOUR)
    assert home.source.requests > before


def test_a_commit_whose_answer_was_lost_is_not_counted_twice(home: SyncHarness) -> None:
    home.poll()
    home.clock.pass_by(900)
    batch, failures = home.writers.runs.batch, list[int]()

    @contextmanager
    def lose_the_answer(*given: Any) -> Iterator[SqlBatchWork]:
        with batch(*given) as work:
            yield work
        if not failures:
            failures.append(1)
            raise StoreError("the connection dropped after the commit")

    home.writers.runs.batch = lose_the_answer  # type: ignore[assignment, method-assign]
    report = home.poll()
    assert failures
    assert report.outcome is RunOutcome.OK
    assert home.history(1)[0]["poll_count"] == 2


def test_a_thousand_ids_travel_in_ten_requests(database_url: str) -> None:
    home = SyncHarness(database_url, games=tuple(range(1, 1001)))
    report = home.poll()
    assert (report.targets_seen, report.requests) == (1000, 1 + 10)
    home.close()


def test_two_entries_of_one_player_are_a_configuration_error(home: SyncHarness) -> None:
    home.poll()
    home.world.rename("Tester", "Newest")
    home.name = "Newest"
    syncer = home.syncer
    object.__setattr__(syncer.tracked, "others", frozenset({"tester"}))
    report = syncer.run_once("test")
    assert report is not None
    assert report.exit_code == 78


def test_before_the_year_1000_nothing_was_known(home: SyncHarness) -> None:
    home.poll()
    assert home.state(datetime(300, 1, 1, tzinfo=UTC)) == {}
