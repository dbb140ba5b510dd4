"""Messages: written with what they tell, once, on both databases; and what becomes of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.errors import SiteUnavailable
from syncer.core.model.library import AwardKind, PlayedGame, SourcedUnlock, Unlock, UnlockPage, Window
from syncer.core.model.player import Player
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.model import (
    MAX_ATTEMPTS,
    MAX_QUEUED,
    SELECTABLE_KINDS,
    MessageKind,
    Recipients,
)
from syncer.store.admin.delete_player import delete_player
from syncer.store.db.tables import history, messages
from syncer.store.write.writers import Writers
from tests.postgres import Server

from .harness import SyncHarness

ALL = frozenset(SELECTABLE_KINDS)
HOUR = 3600.0


@pytest.fixture(scope="module")
def one_postgres_url(postgres_server: Server) -> str:
    """Emptied for each test: making one takes longer than most of them."""
    return postgres_server.create_database()


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHarness]:
    is_small = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'syncer.db'}" if is_small else request.getfixturevalue("one_postgres_url")
    made = SyncHarness(url)
    if not is_small:
        names = ", ".join([*history.tables, "budgets"])
        with made.database.writing() as tx:
            tx.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    listened_by(made, "one-0001")
    yield made
    made.close()


def listened_by(home: SyncHarness, *services: str, wanted: frozenset[MessageKind] = ALL) -> None:
    home.writers = Writers.for_database(home.database, Recipients(services, wanted))


def said(home: SyncHarness) -> list[tuple[str, str]]:
    with home.database.reading() as tx:
        rows = tx.execute(sa.select(messages.c.kind, messages.c.text).order_by(messages.c.id)).all()
    return [(kind, text) for kind, text in rows]


def kinds(home: SyncHarness) -> list[str]:
    return [kind for kind, _ in said(home)]


def later(home: SyncHarness, seconds: float = 900) -> RunReport:
    home.clock.pass_by(seconds)
    return home.poll()


def player(home: SyncHarness) -> Player:
    found = home.writers.players.find_player("Tester", None)
    assert found
    return found


def test_a_baseline_and_equal_numbers_say_nothing(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    home.poll()
    later(home)
    later(home, 24 * HOUR)  # resumed
    assert said(home) == []


def test_what_was_gained_is_told_to_each_service_once_for_a_run(home: SyncHarness) -> None:
    listened_by(home, "one-0001", "two-0002")
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.world.earn("Tester", 2, 1, home.clock.now())
    later(home, 60)
    home.world.earn("Tester", 3, 1, home.clock.now())
    later(home, 60)
    text = "3 achievements in 2 games, +20 points\n2 achievements in game 1, +15 points\n"
    text += "1 achievement in game 2, +5 points"
    then = "1 achievement in game 3, +5 points"
    assert said(home) == [("unlocks", f"Tester: {each}") for each in (text, text, then, then)]
    with home.database.reading() as tx:
        assert set(tx.scalars(sa.select(messages.c.service))) == {"one-0001", "two-0002"}


def test_what_was_gained_in_an_absence_is_told_as_such(home: SyncHarness) -> None:
    home.poll()
    home.world.earn("Tester", 1, 1, home.clock.now())
    later(home, 9 * HOUR)
    assert said(home) == [("unlocks", "Tester, while away: 1 achievement in game 1, +5 points")]


def test_mastered_and_revised(home: SyncHarness) -> None:
    home.poll()
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    later(home)
    home.world.add_achievements(1, [10])
    later(home)
    assert kinds(home) == ["mastered", "unlocks", "revised"]


def test_only_what_is_wanted_is_written(home: SyncHarness) -> None:
    listened_by(home, "one-0001", wanted=frozenset({MessageKind.MASTERED}))
    home.poll()
    home.world.earn("Tester", 1, 4, home.clock.now())
    later(home)
    assert kinds(home) == ["completed"]
    listened_by(home)
    home.world.earn("Tester", 2, 4, home.clock.now())
    later(home)
    assert kinds(home) == ["completed"]


def test_failing_and_working_again_are_told_once_also_by_another_process(home: SyncHarness) -> None:
    home.poll()
    home.source.failure = SiteUnavailable("no such host")
    later(home, 2 * HOUR)
    listened_by(home, "one-0001")  # as after a restart
    later(home, 2 * HOUR)
    home.source.failure = None
    later(home, 2 * HOUR)
    later(home)
    (_, first), (_, second) = said(home)
    assert kinds(home) == ["failing", "recovered"]
    assert first.startswith("Tester: failed: no such host. What is stored stays")
    assert second == "Tester: works again: 4 of 4 games polled"


def test_a_first_run_that_fails_before_it_knows_the_player_is_told_as_over(home: SyncHarness) -> None:
    home.source.failure = SiteUnavailable("no such host")
    home.poll()
    home.source.failure = None
    later(home, 2 * HOUR)
    assert kinds(home) == ["failing", "recovered"]
    assert (
        delete_player(home.database, player(home).id)["messages"] == 2
    )  # though nobody was known at the first


def test_closing_a_run_twice_tells_once(home: SyncHarness) -> None:
    """A commit whose answer was lost is made again."""
    home.poll()
    found = player(home)
    run = home.writers.runs.open_run(found, "test", home.clock.now())
    report = RunReport("Tester", RunOutcome.FAILED, 69, run, error="no such host")
    for _ in range(2):
        home.writers.runs.close_run(run, report, home.clock.now())
    assert kinds(home) == ["failing"]


@pytest.mark.parametrize("how", ["at start", "by the next run"])
def test_a_run_that_was_killed_after_its_batch_is_told_of(home: SyncHarness, how: str) -> None:
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.clock.pass_by(900)
    home.writers.runs.close_run = lambda *_: None  # type: ignore[method-assign]
    home.poll()
    assert said(home) == []
    listened_by(home, "one-0001")
    home.clock.pass_by(900)
    if how == "at start":
        home.writers.runs.interrupt_open_runs(home.clock.now())
    home.poll()
    assert said(home) == [("unlocks", "Tester: 2 achievements in game 1, +15 points")]


def played(award: AwardKind | None, home: SyncHarness, *, days_ago: float = 0, game: int = 1) -> PlayedGame:
    at = home.clock.now() - timedelta(days=days_ago)
    return PlayedGame(game, "Sonic", 1, "MD", "", 4, 4, 4, at, award, at if award else None)


def test_awards_are_told_with_the_listing_that_brings_them(home: SyncHarness) -> None:
    home.poll()
    for award in (None, AwardKind.BEATEN_HARDCORE, AwardKind.BEATEN_HARDCORE):
        rows = [played(award, home), played(AwardKind.BEATEN_HARDCORE, home, days_ago=40, game=2)]
        home.writers.library.save_library(player(home), rows, 900, home.clock.now())
        home.clock.pass_by(24 * HOUR)
    assert said(home) == [("beaten", "Tester: beat Sonic in hardcore")]


@pytest.mark.parametrize("listing_first", [True, False])
def test_a_mastery_is_told_once_whether_award_or_numbers_come_first(
    home: SyncHarness, listing_first: bool
) -> None:
    home.poll()
    home.writers.library.save_library(player(home), [played(None, home)], 900, home.clock.now())
    home.clock.pass_by(900)
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    for listing in (listing_first, not listing_first):
        home.clock.pass_by(900)
        if listing:
            home.writers.library.save_library(
                player(home), [played(AwardKind.MASTERED, home)], 900, home.clock.now()
            )
        else:
            home.poll()
    assert sorted(kinds(home)) == ["mastered", "unlocks"]


def test_old_unlocks_that_are_read_in_say_nothing_and_new_ones_have_names(home: SyncHarness) -> None:
    home.poll()
    at = home.clock.now()
    old, new = (
        Unlock(11, 1, "First Ring", 5, False, at - timedelta(days=99)),
        Unlock(12, 1, "Loop", 5, False, at),
    )
    home.world.earn("Tester", 1, 1, at)
    later(home)
    assert said(home)[0][1].endswith("+5 points")
    span = Window(at - timedelta(days=999), at, None)
    sourced = [SourcedUnlock(row, "backfill") for row in (old, new)]
    home.writers.library.save_unlocks(player(home), UnlockPage((old, new)), sourced, span, None, at)
    home.world.earn("Tester", 1, 1, home.clock.now())
    later(home)
    assert len(said(home)) == 2
    assert said(home)[1][1].endswith(": Loop")


# On their way


def write(home: SyncHarness, count: int) -> None:
    """So many failures and recoveries."""
    run = home.writers.runs.open_run(player(home), "test", home.clock.now())
    report = RunReport("Tester", RunOutcome.OK, 0, run)
    for n in range(count):
        report = replace(report, outcome=RunOutcome.FAILED if n % 2 == 0 else RunOutcome.OK, targets_seen=4)
        run = home.writers.runs.open_run(player(home), "test", home.clock.now())
        home.writers.runs.close_run(
            run, replace(report, run_id=run, error="x" * (n % 2 == 0)), home.clock.now()
        )


def test_a_letter_is_tried_again_with_patience_and_then_given_up(home: SyncHarness) -> None:
    home.poll()
    write(home, 1)
    attempts, began = 0, home.clock.now()
    while letter := home.queries.outbox.next_message("one-0001", home.clock.now()):
        attempts += 1
        assert letter.attempts == attempts - 1
        again = home.writers.outbox.mark_failed(letter.id, attempts, "it answered 500", home.clock.now())
        if again is None:
            break
        assert home.queries.outbox.next_message("one-0001", again - timedelta(seconds=1)) is None
        home.clock.pass_by((again - home.clock.now()).total_seconds())
    assert attempts == MAX_ATTEMPTS
    assert home.clock.now() - began > timedelta(hours=20)
    (row,) = home.queries.outbox.messages(10)
    assert (row["delivered_at"], row["given_up_at"], row["error"]) == (
        None,
        home.clock.now(),
        "it answered 500",
    )
    (told,) = home.queries.outbox.undelivered(began, began)
    assert (told["given_up"], told["waiting"]) == (1, 0)


def test_what_is_delivered_is_over_and_the_oldest_goes_first(home: SyncHarness) -> None:
    home.poll()
    write(home, 2)
    now, seen = home.clock.now(), []
    while letter := home.queries.outbox.next_message("one-0001", now):
        seen.append(letter.kind)
        home.writers.outbox.mark_delivered(letter.id, now)
        home.writers.outbox.mark_failed(letter.id, 1, "too late to matter", now)
    assert seen == [MessageKind.FAILING, MessageKind.RECOVERED]
    assert {row["error"] for row in home.queries.outbox.messages(10)} == {None}


def test_a_wait_that_a_wrong_clock_wrote_is_none(home: SyncHarness) -> None:
    home.poll()
    write(home, 1)
    letter = home.queries.outbox.next_message("one-0001", home.clock.now())
    assert letter
    home.writers.outbox.mark_failed(letter.id, 1, "x", home.clock.now() + timedelta(days=400))
    assert home.queries.outbox.next_message("one-0001", home.clock.now()) == replace(letter, attempts=1)


def test_after_a_week_one_message_stands_for_all(home: SyncHarness) -> None:
    home.poll()
    write(home, 4)
    home.clock.pass_by(timedelta(days=6).total_seconds())
    write(home, 1)
    now = home.clock.now() + timedelta(days=2)
    assert not home.queries.outbox.has_expired("one-0001", home.clock.now())
    assert home.queries.outbox.has_expired("one-0001", now)
    home.writers.outbox.collapse_expired("one-0001", now)
    assert not home.queries.outbox.has_expired("one-0001", now)
    waiting = [row for row in home.queries.outbox.messages(10) if row["next_attempt_at"]]
    assert [row["kind"] for row in waiting] == ["missed", "failing"]
    assert waiting[0]["text"].startswith("4 messages of 2026-05-01 could not be delivered (2 failing, 2 rec")


def test_no_more_than_so_many_wait_and_what_is_long_over_goes(home: SyncHarness) -> None:
    home.poll()
    now = home.clock.now()
    row = {"service": "one-0001", "kind": "unlocks", "text": "x", "created_at": now, "attempts": 0}
    with home.database.writing() as tx:
        tx.execute(messages.insert(), [{**row, "next_attempt_at": now}] * (MAX_QUEUED + 1))
        tx.execute(messages.insert(), [{**row, "service": "two-0002", "next_attempt_at": now}])
    assert home.queries.outbox.has_expired("one-0001", now)
    home.writers.outbox.collapse_expired("one-0001", now)
    waiting = [r["service"] for r in home.queries.outbox.messages(2 * MAX_QUEUED) if r["next_attempt_at"]]
    assert (waiting.count("one-0001"), waiting.count("two-0002")) == (MAX_QUEUED // 2 + 1, 1)
    much_later = now + timedelta(days=91)
    home.writers.outbox.collapse_expired("one-0001", much_later)
    home.writers.outbox.collapse_expired("one-0001", much_later)
    kept = home.queries.outbox.messages(2 * MAX_QUEUED)
    assert {r["kind"] for r in kept if r["service"] == "one-0001"} == {"missed"}


def test_a_service_that_left_the_configuration_gets_nothing_more(home: SyncHarness) -> None:
    listened_by(home, "one-0001", "two-0002")
    home.poll()
    write(home, 1)
    home.writers.outbox.cancel_other_services(["two-0002"], home.clock.now())
    assert home.queries.outbox.next_message("one-0001", home.clock.now()) is None
    assert home.queries.outbox.next_message("two-0002", home.clock.now())
