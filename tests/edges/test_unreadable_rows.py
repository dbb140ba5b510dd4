"""Rows of lists that cannot be read, in the table rejections; what doctor and health make of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.unreadable import GAME_LIST_ENDPOINT, LISTING_ENDPOINT, UNLOCKS_ENDPOINT
from syncer.core.model.progress import UnparsableEntry
from syncer.store.db.tables import rejections, targets

from .harness import SyncHarness

LISTING = "the played games"
HOUR = timedelta(hours=1)


def save(
    home: SyncHarness,
    raws: Sequence[str],
    endpoint: str = LISTING_ENDPOINT,
    subject: str = LISTING,
    *,
    is_complete: bool = True,
) -> None:
    rows = [UnparsableEntry("odd", raw) for raw in raws]
    home.clock.pass_by(3600)
    home.writers.library.unreadable_rows.save(
        home.player, endpoint, subject, rows, home.clock.now(), is_complete=is_complete
    )


def stored(home: SyncHarness) -> list[tuple[Any, ...]]:
    r = rejections.c
    columns = (r.raw, r.subject, r.poll_count, r.ended_at.is_(None))
    with home.database.reading() as tx:
        query = sa.select(*columns).where(r.reason == "unparsable_row").order_by(r.id)
        return [tuple(row) for row in tx.execute(query)]


def test_each_entry_has_one_row_until_a_complete_answer_lacks_it(home: SyncHarness) -> None:
    save(home, ["a", "b", "a"])
    save(home, ["b"], is_complete=False)
    assert stored(home) == [("a", LISTING, 1, True), ("b", LISTING, 2, True)]
    save(home, ["b"])
    assert stored(home) == [("a", LISTING, 1, False), ("b", LISTING, 3, True)]
    save(home, ["a"])  # it is back: another row
    assert stored(home)[1:] == [("b", LISTING, 3, False), ("a", LISTING, 1, True)]


def test_other_subjects_and_endpoints_end_nothing(home: SyncHarness) -> None:
    save(home, ["a"])
    save(home, [], GAME_LIST_ENDPOINT, "console 7")
    save(home, ["c"], GAME_LIST_ENDPOINT, "console 7")
    save(home, [], GAME_LIST_ENDPOINT, "console 8")
    assert stored(home) == [("a", LISTING, 1, True), ("c", "console 7", 1, True)]
    assert home.queries.diagnostics.unreadable_rows(home.player.id) == {
        LISTING_ENDPOINT: 1,
        GAME_LIST_ENDPOINT: 1,
    }


def test_an_entry_in_overlapping_windows_keeps_the_first_window(home: SyncHarness) -> None:
    save(home, ["a"], UNLOCKS_ENDPOINT, "one", is_complete=False)
    save(home, ["a", "b"], UNLOCKS_ENDPOINT, "two", is_complete=False)
    assert stored(home) == [("a", "one", 2, True), ("b", "two", 1, True)]
    now, find = home.clock.now(), home.writers.library.unreadable_rows.standing_subjects
    assert find(home.player, UNLOCKS_ENDPOINT, now) == []
    assert find(home.player, UNLOCKS_ENDPOINT, now + HOUR) == ["one", "two"]
    assert find(home.player, LISTING_ENDPOINT, now + HOUR) == []


def test_at_most_100_entries_of_an_answer_are_kept(home: SyncHarness) -> None:
    save(home, [str(n) for n in range(3000)])
    assert len(stored(home)) == 100


def test_an_accepted_poll_does_not_end_them(home: SyncHarness) -> None:
    save(home, ["a"])
    home.clock.pass_by(900)
    assert home.poll().targets_seen == 4
    assert stored(home) == [("a", LISTING, 1, True)]


def test_a_rejected_response_is_kept_beside_them(home: SyncHarness) -> None:
    save(home, ["a"])
    home.writers.runs.save_rejected_response(1, home.player, "a", home.clock.now())
    assert stored(home) == [("a", LISTING, 1, True)]


def test_a_player_who_follows_nothing_has_an_unreadable_listing(home: SyncHarness) -> None:
    is_unreadable = home.queries.health.is_listing_unreadable
    assert not is_unreadable(home.player.id)
    save(home, ["a"])
    assert not is_unreadable(home.player.id)  # games are followed
    with home.database.writing() as tx:
        tx.execute(targets.update().values(removed_at=home.clock.now()))
    assert is_unreadable(home.player.id)
    save(home, [])
    assert not is_unreadable(home.player.id)
