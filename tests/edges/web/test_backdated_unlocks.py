"""Unlocks that became visible long after their date are marked where unlocks are listed."""

from datetime import timedelta
from pathlib import Path

import pytest

from syncer.store.db.tables import unlocks
from tests.edges.harness import START

from .harness import context_of, record_day, served, unlock
from .parsed_page import read

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("later", [HOUR, HOUR + timedelta(milliseconds=1)])
def test_backdated_unlocks_are_marked_with_the_moment_at_which_they_were_not_visible(
    tmp_path: Path, later: timedelta
) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    dated = START - timedelta(days=40)
    row = unlock(20) | {"title": "From the past", "unlocked_at": dated, "visible_after": dated + later}
    with home.database.writing() as tx:
        tx.execute(unlocks.insert(), [row])
    with served(context_of(home)) as client:
        marked = later > HOUR
        calendar = read(client, "/calendar").text
        assert ("From the past" in calendar) is marked
        assert ("Added later" in calendar) is marked
        assert "From the past" not in read(client, f"/calendar?year={dated.year - 1}").text
        assert ("visible since" in read(client, "/games/1").text) is marked
    home.close()
