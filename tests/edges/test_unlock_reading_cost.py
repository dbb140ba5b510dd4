"""What a large account costs while 40 of its sets are revised each day, half of them not followed."""

from datetime import timedelta
from itertools import pairwise

import pytest

from .revised_account import PER_GAME, RevisedAccount
from .unlock_harness import DAY, UnlockHarness

REVISIONS = 40  # a day


@pytest.mark.parametrize(
    ("games", "days", "step", "pages"),
    [
        pytest.param(20, 17, DAY / 2, 2, id="1,000 unlocks"),
        pytest.param(2760, 120, DAY / 4, 272, id="138,000 unlocks", marks=pytest.mark.soak),
    ],
)
def test_all_unlocks_are_read_at_most_once_in_30_days_though_sets_are_revised_each_day(
    database_url: str, games: int, days: int, step: timedelta, pages: int
) -> None:
    home = UnlockHarness(database_url, games=tuple(range(1, games + 1, 2)), every=step)
    account = home.source = home.site = RevisedAccount(home.world, home.clock, home.source.limiter)
    account.__post_init__()
    account.fill(games)
    home.poll()
    begun = []
    for _ in range(days):
        for _ in range(round(DAY / step)):
            account.revise(round(REVISIONS * step / DAY))
            before = len(account.pages)
            home.run_for(step, step=step)
            begun += [home.clock.now()] * (len(account.pages) - before)
    report = f"{len(begun)} readings of {account.pages} requests; {len(account.games)} of single games"
    assert all(later - earlier >= 30 * DAY for earlier, later in pairwise(begun)), report
    assert 1 <= len(begun) <= days / 30 + 1, report
    assert all(pages <= count <= games * PER_GAME / 500 + 2 for count in account.pages), report
    print(report, home.source.requests)
    home.close()
