"""A probe of ten rows whose second request, of all rows, is not answered: what came is stored."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from syncer.core.errors import ApiError, BatchError, Deferred
from syncer.core.model.play import RecentPage
from syncer.store.db.account_tables import account_polls
from syncer.store.read.account_polls import IS_OPEN_ACCOUNT

from .harness import START
from .play_harness import MINUTE, PlayHarness, many_targets

LATER = START + timedelta(hours=2)
NEWEST = sa.select(account_polls.c.last_seen_at).where(IS_OPEN_ACCOUNT)


@pytest.mark.parametrize("failure", [BatchError("500"), Deferred("429", LATER)], ids=["500", "429"])
def test_the_rows_that_came_are_stored_though_more_are_not_answered(
    database_url: str, failure: ApiError, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = many_targets(database_url, played=12)
    home.poll()
    home.wait(5 * MINUTE, polls=False)
    home.poll()
    for game in range(1, 12):
        home.wait(MINUTE / 2, polls=False)
        home.world.play("Tester", game, home.clock.now())
    home.world.earn("Tester", 6, 1, home.clock.now())
    home.wait(10 * MINUTE, polls=False)
    answer = home.site.recently_played

    def ten_only(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        if count > 10:
            home.site._begin()
            raise failure
        return answer(user, offset, count)

    monkeypatch.setattr(home.site, "recently_played", ten_only)
    came_after = home.clock.now()
    home.sync(only_due=True)
    assert home.kinds(6) == ["baseline", "unlock"]
    assert newest_answer(home) > came_after
    home.close()


def newest_answer(home: PlayHarness) -> datetime:
    with home.database.reading() as tx:
        found: datetime = tx.execute(NEWEST).scalar_one()
    return found


def test_a_further_page_that_fails_is_read_by_the_next_probe(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = many_targets(database_url, played=60)
    home.poll()
    home.wait(5 * MINUTE, polls=False)
    home.poll()
    home.world.play("Tester", 6, home.clock.now())  # behind the first fifty
    home.world.earn("Tester", 6, 1, home.clock.now())
    for game in (*range(1, 6), *range(7, 61)):
        home.wait(MINUTE / 20, polls=False)
        home.world.play("Tester", game, home.clock.now())
    home.wait(10 * MINUTE, polls=False)
    answer, offsets = home.site.recently_played, list[int]()

    def first_page_only(user: str, offset: int = 0, count: int = 50) -> RecentPage:
        offsets.append(offset)
        if offset == 50 and offsets.count(50) == 1:
            home.site._begin()
            raise BatchError("500")
        return answer(user, offset, count)

    monkeypatch.setattr(home.site, "recently_played", first_page_only)
    home.sync(only_due=True)
    assert home.kinds(6) == ["baseline"]
    home.wait(15 * MINUTE)
    assert home.kinds(6) == ["baseline", "unlock"]
    assert offsets.count(50) == 2
    home.close()
