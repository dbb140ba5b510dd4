"""Games whose requests fail, among hundreds that are polled once a day: the others are polled as promised."""

from datetime import timedelta
from random import Random

import pytest
import sqlalchemy as sa

from syncer.core.errors import BatchError
from syncer.store.db.views import coverage_gaps

from .play_harness import many_targets

GAMES = 300


@pytest.mark.parametrize("failing", [5, 12, 20])
def test_the_neighbours_of_games_that_fail_keep_their_promise(database_url: str, failing: int) -> None:
    home = many_targets(database_url, played=GAMES)
    home.batch_size, home.games = 100, tuple(range(1, GAMES + 1))
    home.sync()
    home.site.poison = set(Random(failing).sample(home.games, failing))
    home.site.poisoned = BatchError("500")
    syncer, end = home.syncer, home.clock.moment + timedelta(hours=50)
    while home.clock.moment < end:
        wake = syncer.next_wake() or home.clock.now()
        home.clock.pass_by(max(30, (wake - home.clock.now()).total_seconds()))
        syncer.run_once("schedule", only_due=True)
    g = coverage_gaps.c
    with home.database.reading() as tx:
        late = tx.scalars(sa.select(g.game_id).where(g.scope == "target").distinct()).all()
    home.close()
    assert set(late) - home.site.poison == set()
