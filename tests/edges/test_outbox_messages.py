"""Messages are enqueued with what they report, once, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from syncer.core.errors import SiteUnavailable
from syncer.core.model.library import AwardKind, PlayedGame, SourcedUnlock, Unlock, UnlockPage, Window
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.model import (
    MessageKind,
)
from syncer.store.admin.delete_player import delete_player
from syncer.store.db.account_tables import account_polls
from syncer.store.db.tables import messages, targets

from .harness import SyncHarness
from .outbox_harness import (
    HOUR,
    enqueued,
    find_player,
    home,
    kinds,
    poll_later,
    set_services,
    shared_postgres_url,
)

__all__ = ["home", "shared_postgres_url"]  # fixtures, requested by their names


def test_the_first_poll_and_unchanged_numbers_enqueue_nothing(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    home.poll()
    poll_later(home)
    poll_later(home, 24 * HOUR)  # resumed
    assert enqueued(home) == []


def test_unlocks_are_one_message_per_run_and_service(home: SyncHarness) -> None:
    set_services(home, "one-0001", "two-0002")
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.world.earn("Tester", 2, 1, home.clock.now())
    poll_later(home, 60)
    home.world.earn("Tester", 3, 1, home.clock.now())
    poll_later(home, 60)
    text = "3 achievements in 2 games, +20 points\n2 achievements in game 1, +15 points\n"
    text += "1 achievement in game 2, +5 points"
    then = "1 achievement in game 3, +5 points"
    assert enqueued(home) == [("unlocks", f"Tester: {each}") for each in (text, text, then, then)]
    with home.database.reading() as tx:
        assert set(tx.scalars(sa.select(messages.c.service))) == {"one-0001", "two-0002"}


def test_unlocks_during_a_gap_are_marked(home: SyncHarness) -> None:
    home.poll()
    home.world.earn("Tester", 1, 1, home.clock.now())
    poll_later(home, 9 * HOUR)
    assert enqueued(home) == [("unlocks", "Tester, while away: 1 achievement in game 1, +5 points")]


def test_unlocks_are_marked_by_the_gap_of_the_account_and_not_of_the_game(home: SyncHarness) -> None:
    home.poll()
    with home.database.writing() as tx:  # promised so rarely that the games have no gap
        tx.execute(targets.update().values(promised_seconds=86_400))
    home.world.earn("Tester", 1, 1, home.clock.now())
    poll_later(home, 9 * HOUR)
    with home.database.writing() as tx:  # and now each poll of a game is late, while the account is polled
        tx.execute(targets.update().values(promised_seconds=1))
        tx.execute(account_polls.update().values(promised_seconds=86_400))
    home.world.earn("Tester", 2, 1, home.clock.now())
    poll_later(home, 9 * HOUR)
    assert [text for _, text in enqueued(home)] == [
        "Tester, while away: 1 achievement in game 1, +5 points",
        "Tester: 1 achievement in game 2, +5 points",
    ]
    assert (home.kinds(1), home.kinds(2)) == (["baseline", "unlock", "resumed*"], ["baseline", "unlock*"])


def test_a_mastered_game_and_its_revision_are_reported(home: SyncHarness) -> None:
    home.poll()
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    poll_later(home)
    home.world.add_achievements(1, [10])
    poll_later(home)
    assert kinds(home) == ["mastered", "unlocks", "revised"]


def test_only_selected_kinds_are_enqueued(home: SyncHarness) -> None:
    set_services(home, "one-0001", wanted=frozenset({MessageKind.COMPLETED}))
    home.poll()
    home.world.earn("Tester", 1, 4, home.clock.now())
    poll_later(home)
    assert kinds(home) == ["completed"]
    set_services(home)
    home.world.earn("Tester", 2, 4, home.clock.now())
    poll_later(home)
    assert kinds(home) == ["completed"]


def test_failing_and_recovered_are_enqueued_once_also_by_another_process(home: SyncHarness) -> None:
    home.poll()
    home.source.failure = SiteUnavailable("no such host")
    poll_later(home, 2 * HOUR)
    set_services(home, "one-0001")  # a new process
    poll_later(home, 2 * HOUR)
    home.source.failure = None
    poll_later(home, 2 * HOUR)
    poll_later(home)
    (_, first), (_, second) = enqueued(home)
    assert kinds(home) == ["failing", "recovered"]
    assert first.startswith("Tester: failed: no such host. What is stored stays")
    assert second == "Tester: works again: 4 of 4 games polled"


def test_a_first_run_that_fails_before_the_player_is_known_is_reported_as_recovered(
    home: SyncHarness,
) -> None:
    home.source.failure = SiteUnavailable("no such host")
    home.poll()
    home.source.failure = None
    poll_later(home, 2 * HOUR)
    assert kinds(home) == ["failing", "recovered"]
    assert (
        delete_player(home.database, find_player(home).id)["messages"] == 2
    )  # though the first run had no player


def test_closing_a_run_twice_enqueues_once(home: SyncHarness) -> None:
    """The database may lose the answer to a commit: then the run is closed again."""
    home.poll()
    found = find_player(home)
    run = home.writers.runs.open_run(found, "test", home.clock.now())
    report = RunReport("Tester", RunOutcome.FAILED, 69, run, error="no such host")
    for _ in range(2):
        home.writers.runs.close_run(run, report, home.clock.now())
    assert kinds(home) == ["failing"]


@pytest.mark.parametrize("how", ["at start", "by the next run"])
def test_a_run_that_was_killed_after_its_batch_is_reported(home: SyncHarness, how: str) -> None:
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.clock.pass_by(900)
    home.writers.runs.close_run = lambda *_: None  # type: ignore[method-assign]
    home.poll()
    assert enqueued(home) == []
    set_services(home, "one-0001")
    home.clock.pass_by(900)
    if how == "at start":
        home.writers.runs.interrupt_open_runs(home.clock.now())
    home.poll()
    assert enqueued(home) == [("unlocks", "Tester: 2 achievements in game 1, +15 points")]


def played_game(
    award: AwardKind | None, home: SyncHarness, *, days_ago: float = 0, game: int = 1
) -> PlayedGame:
    at = home.clock.now() - timedelta(days=days_ago)
    return PlayedGame(game, "Sonic", 1, "MD", "", 4, 4, 4, at, award, at if award else None)


def test_awards_are_enqueued_with_the_listing(home: SyncHarness) -> None:
    for award in (None, AwardKind.BEATEN_HARDCORE, AwardKind.BEATEN_HARDCORE):
        home.poll()
        home.clock.pass_by(60)
        rows = [played_game(award, home), played_game(AwardKind.BEATEN_HARDCORE, home, days_ago=40, game=2)]
        home.writers.library.save_library(find_player(home), rows, True, home.clock.now())
        home.clock.pass_by(24 * HOUR)
    assert enqueued(home) == [("beaten", "Tester: beat Sonic in hardcore")]


@pytest.mark.parametrize(("hours_ago", "away"), [(0, ""), (1, ", while away"), (9.5, "")])
@pytest.mark.parametrize("poll_first", [True, False])
def test_an_award_is_marked_if_the_account_was_not_polled_at_its_date(
    home: SyncHarness, hours_ago: float, away: str, poll_first: bool
) -> None:
    for award in (None, AwardKind.BEATEN_HARDCORE):
        if award is None or poll_first:
            home.poll()
            home.clock.pass_by(60)
        row = played_game(award, home, days_ago=hours_ago / 24)
        home.writers.library.save_library(find_player(home), [row], True, home.clock.now())
        home.clock.pass_by(9 * HOUR)
    marked = away if hours_ago or poll_first else ", while away"  # no answer has ended the gap yet
    assert [text for _, text in enqueued(home)] == [f"Tester{marked}: beat Sonic in hardcore"]


@pytest.mark.parametrize("listing_first", [True, False])
def test_a_mastered_game_is_reported_once_whether_award_or_numbers_come_first(
    home: SyncHarness, listing_first: bool
) -> None:
    home.poll()
    home.writers.library.save_library(find_player(home), [played_game(None, home)], True, home.clock.now())
    home.clock.pass_by(900)
    home.world.earn("Tester", 1, 4, home.clock.now(), hardcore=True)
    for listing in (listing_first, not listing_first):
        home.clock.pass_by(900)
        if listing:
            home.writers.library.save_library(
                find_player(home), [played_game(AwardKind.MASTERED, home)], True, home.clock.now()
            )
        else:
            home.poll()
    assert sorted(kinds(home)) == ["mastered", "unlocks"]


def test_backfilled_unlocks_enqueue_nothing_and_new_ones_have_titles(home: SyncHarness) -> None:
    home.poll()
    at = home.clock.now()
    old, new = (
        Unlock(11, 1, "First Ring", 5, False, at - timedelta(days=99)),
        Unlock(12, 1, "Loop", 5, False, at),
    )
    home.world.earn("Tester", 1, 1, at)
    poll_later(home)
    assert enqueued(home)[0][1].endswith("+5 points")
    span = Window(at - timedelta(days=999), at, None)
    sourced = [SourcedUnlock(row, "backfill") for row in (old, new)]
    home.writers.library.save_unlocks(find_player(home), UnlockPage((old, new)), sourced, span, False, at)
    home.world.earn("Tester", 1, 1, home.clock.now())
    poll_later(home)
    assert len(enqueued(home)) == 2
    assert enqueued(home)[1][1].endswith(": Loop")
