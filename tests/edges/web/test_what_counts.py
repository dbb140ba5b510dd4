"""What counts where: the account's own points, unlocks of the whole account, snapshots of followed games."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from syncer.core.model.progress import GameId
from syncer.store.db.account_tables import account_snapshots
from syncer.store.db.tables import games, players, targets, unlocks
from tests.edges.harness import SyncHarness

from .harness import PageClient, context_of, served, unlock
from .parsed_page import read

DAY, HOUR, SIX = timedelta(days=1), timedelta(hours=1), timedelta(hours=6)
NOT_FOLLOWED, POINTS = 6, 70
OFF = frozenset({"tester"})


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """Return a history of two followed games; the account has another game, with an unlock of today."""
    home = SyncHarness(database_url, games=(1, 2), every=SIX)
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.world.earn("Tester", 2, 1, home.clock.now())
    home.world.earn("Tester", NOT_FOLLOWED, 4, home.clock.now(), hardcore=True)
    home.poll()
    home.live(2 * DAY, SIX)
    yield home
    home.close()


def read_unlocks(home: SyncHarness, *moments: datetime, game: GameId = NOT_FOLLOWED) -> None:
    """Store unlocks of a game at these moments, and that all unlocks were read until now."""
    rows = [
        unlock(0) | {"achievement_id": 1000 * game + n, "game_id": game, "unlocked_at": at, "points": POINTS}
        for n, at in enumerate(moments)
    ]
    with home.database.writing() as tx:
        if tx.scalar(sa.select(games.c.id).where(games.c.id == game)) is None:
            tx.execute(games.insert().values(id=game))
        if rows:
            tx.execute(unlocks.insert(), rows)
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))


def tiles(client: PageClient, path: str) -> dict[str, str]:
    """Return the text of each tile of a page by its title."""
    found = re.findall(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>", client.get(path).text, re.DOTALL)
    return {title: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for title, text in found}


def test_total_is_that_of_the_account_and_sums_name_the_followed_games(home: SyncHarness) -> None:
    with served(context_of(home)) as client:
        shown = tiles(client, "/")
        page = read(client, "/?table=points").text
    assert re.fullmatch(r"105 of the account, as of \d\d:\d\d", shown["Hardcore points"])  # 15 and 90
    assert shown["Softcore points"] == "5 110 points in all"
    assert shown["Points in followed games"] == "20 15 in hardcore, of 180 in their sets"
    assert shown["Achievements"].startswith("3 of 8 in 2 followed games")
    assert shown["Mastered"] == "0 0 completed, 0 beaten"
    for text in ("Points in followed games over time", "Points in followed games at the end of each day"):
        assert text in page
    assert "Recent changes in followed games" in page


def test_account_has_no_points_before_its_first_profile(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(sa.delete(account_snapshots))
    with served(context_of(home)) as client:
        shown = tiles(client, "/")
    assert not {"Softcore points", "Hardcore points"} & shown.keys()
    assert shown["Points in followed games"].startswith("20 ")


def test_retro_points_are_shown_once_they_are_known(home: SyncHarness) -> None:
    row = {"player_id": 1, "measure": "retro_points", "value": 1234, "poll_count": 1, "promised_seconds": 1}
    seen = dict.fromkeys(("first_seen_at", "last_seen_at"), home.clock.now())
    with home.database.writing() as tx:
        tx.execute(sa.delete(account_snapshots).where(account_snapshots.c.measure == "retro_points"))
        tx.execute(account_snapshots.insert().values(row | seen | {"after_gap": False, "is_open": True}))
    with served(context_of(home)) as client:
        assert tiles(client, "/")["Hardcore points"].startswith("105 1,234 RetroPoints; of the account")


def test_game_that_is_no_longer_followed_is_named_in_the_sum(home: SyncHarness) -> None:
    with home.database.writing() as tx:
        tx.execute(targets.update().where(targets.c.game_id == 2).values(removed_at=home.clock.now()))
    with served(context_of(home)) as client:
        assert "in 2 games, 1 of them no longer followed" in tiles(client, "/")["Achievements"]


def test_days_and_streaks_count_unlocks_of_the_whole_account(home: SyncHarness) -> None:
    now = home.clock.now()
    read_unlocks(home, now - HOUR, now - DAY, now - 2 * DAY)
    with served(context_of(home)) as client:
        shown, year = tiles(client, "/"), tiles(client, "/calendar")
        page = read(client, "/calendar").text
    assert shown["Today"] == f"1 unlocked on the account, {POINTS} points"
    week = f"3 +3 unlocked on the account, {3 * POINTS} points; 0 in the 7 days before"
    assert shown["Last 7 days"] == week
    assert shown["Current streak"] == "3 days in a row, today included"
    assert year["Unlocked"] == f"3 {3 * POINTS} points"
    assert year["Current streak"].startswith("3 ")
    assert "Unlocks of the whole account without events, dated by the site." in page


def test_days_are_absent_while_unlocks_are_not_read(home: SyncHarness) -> None:
    """Polls show gains of followed games only, and not when they were made: a zero would be false."""
    home.world.earn("Tester", 2, 3, home.clock.now())
    home.live(SIX, SIX)
    for off in (frozenset[str](), OFF):
        with served(context_of(home), without_unlocks=off) as client:
            assert not {"Today", "Last 7 days"} & tiles(client, "/").keys()
            assert tiles(client, "/calendar") == {}
            page = read(client, "/calendar")
        assert ("unlocks = false" in page.text) is bool(off)
        assert len(page.all("table")) == 0
        assert "/changes" in {a["href"] for a in page.all("a")}


def test_read_account_without_unlocks_has_zeros(home: SyncHarness) -> None:
    read_unlocks(home)
    with served(context_of(home)) as client:
        assert tiles(client, "/")["Today"] == "0 unlocked on the account, 0 points"
        assert tiles(client, "/calendar")["Unlocked"] == "0 0 points"


def test_gains_since_the_last_reading_are_those_of_followed_games_and_say_so(home: SyncHarness) -> None:
    read_unlocks(home, home.clock.now() - HOUR)
    last = home.clock.now()
    home.live(DAY, SIX)
    home.world.earn("Tester", 2, 2, home.clock.now())
    home.live(SIX, SIX)
    with served(context_of(home)) as client:
        shown = tiles(client, "/")
        page = read(client, "/calendar").text
    assert shown["Today"] == "2 unlocked in followed games, 35 points"
    day = f"{last.day} {last:%b} {last.year}"
    text = f"3 +3 unlocked on the account until {day} , then in followed games, {POINTS + 35} points"
    assert shown["Last 7 days"].replace("\xa0", " ") == f"{text}; 0 in the 7 days before"
    assert f"Since {day} : those in followed games, dated by the poll that showed them." in page


def test_unlocks_that_are_not_read_any_more_end_where_they_were_read_last(home: SyncHarness) -> None:
    now = home.clock.now()
    read_unlocks(home, now - DAY)
    home.world.earn("Tester", 2, 3, home.clock.now())
    home.live(2 * DAY, SIX)
    with served(context_of(home), without_unlocks=OFF) as client:
        assert "Today" not in tiles(client, "/")
        shown = tiles(client, "/calendar")
        assert shown["Unlocked"] == f"1 {POINTS} points"  # not those of the polls
        assert "Current streak" not in shown
        assert "They are known until" in read(client, "/calendar").text
        later = datetime(now.year + 1, 2, 1, tzinfo=now.tzinfo)
    with served(context_of(home), without_unlocks=OFF, now=lambda: later) as client:
        assert tiles(client, "/calendar") == {}
        assert "Unlocked" in tiles(client, f"/calendar?year={now.year}")


def recent(client: PageClient) -> list[str]:
    """Return the games under "Recently played"."""
    part = client.get("/").text.partition('id="recent"')[2].partition("</ul>")[0]
    return re.findall(r'href="/games/(\d+)"', part)


def test_recently_played_are_the_games_with_the_newest_unlocks(home: SyncHarness) -> None:
    """A set that was revised, a reset and a game that is not followed are not among them."""
    now = home.clock.now()
    read_unlocks(home, now - DAY, game=2)
    read_unlocks(home, now - HOUR)
    home.world.add_achievements(1, [10])
    home.live(SIX, SIX)
    home.world.reset_game("Tester", 1)
    home.live(SIX, SIX)
    with served(context_of(home)) as client:
        assert recent(client) == ["2"]
        home.world.earn("Tester", 1, 1, home.clock.now())
        home.live(SIX, SIX)
        assert recent(client) == ["1", "2"]  # by the poll, until the unlocks are read
        read_unlocks(home, now - 3 * DAY, game=1)  # it was earned offline, and claims that day
        assert recent(client) == ["2", "1"]


def test_game_with_all_the_newest_unlocks_hides_no_other(home: SyncHarness) -> None:
    now = home.clock.now()
    read_unlocks(home, *(now - timedelta(minutes=n) for n in range(400)), game=1)
    read_unlocks(home, now - 9 * DAY, game=2)
    assert home.queries.web.last_unlocks(1, 4) == [(1, now), (2, now - 9 * DAY)]
    assert home.queries.web.last_unlocks(1, 1) == [(1, now)]
    with home.database.writing() as tx:
        tx.execute(unlocks.update().where(unlocks.c.game_id == 1).values(gone_at=now))
        tx.execute(targets.update().where(targets.c.game_id == 2).values(removed_at=now))
    assert home.queries.web.last_unlocks(1, 4) == []


@pytest.mark.parametrize("off", [frozenset[str](), OFF])
def test_recently_played_goes_by_polls_where_unlocks_are_not_read(
    home: SyncHarness, off: frozenset[str]
) -> None:
    home.world.earn("Tester", 2, 2, home.clock.now())
    home.live(SIX, SIX)
    for _ in range(61):  # more changes than the first page of them holds
        home.world.add_achievements(1, [1])
        home.live(SIX, SIX)
    with served(context_of(home), without_unlocks=off) as client:
        assert recent(client) == ["2"]
