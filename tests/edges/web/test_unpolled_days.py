"""Days without polling are marked in the calendar, and the page of a day names the times without it."""

import re
from datetime import timedelta

from syncer.store.db.tables import players
from tests.edges.harness import SyncHarness

from .harness import ZONE, context_of, served
from .parsed_page import read

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
MARKED = re.compile(r'class="[^"]*unpolled[^"]*"[^>]*><a href="/days/([0-9-]+)" title="([^"]*)"')


def test_day_that_lies_whole_in_a_gap_is_marked(database_url: str) -> None:
    home = SyncHarness(database_url)
    home.poll()
    home.live(2 * QUARTER, QUARTER)
    home.clock.pass_by(3 * DAY.total_seconds())
    home.poll()
    with home.database.writing() as tx:
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
    with served(context_of(home)) as client:
        today = home.clock.now().astimezone(ZONE).date()
        days = [today - n * DAY for n in (2, 1)]
        marked = MARKED.findall(client.get("/calendar").text)
        assert marked == [(f"{day}", f"{day:%-d %B}: not polled") for day in days]
        assert "day without polling" in read(client, "/calendar").text
        assert "not polled from" in read(client, f"/days/{days[0]}").text
        home.clock.pass_by(2 * DAY.total_seconds())  # the gap that lasts counts, too
        assert len(MARKED.findall(client.get("/calendar").text)) == 4  # today is one of them
    home.close()
