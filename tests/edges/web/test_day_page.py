"""The page of one day: unlocks of both modes, events, revised sets, and what is known from polls only."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.store.db.account_tables import awards
from syncer.store.db.tables import games, players, unlocks
from tests.edges.harness import SyncHarness

from .harness import HOUR, ZONE, PageClient, context_of, served, unlock
from .parsed_page import read

QUARTER = timedelta(minutes=15)
EVENT = 900


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    home = SyncHarness(database_url, games=(1, 2))
    home.poll()
    yield home
    home.close()


def store(home: SyncHarness, *rows: dict[str, Any]) -> None:
    """Store unlocks of now, and that all were read until now."""
    base = unlock(0) | {"unlocked_at": home.clock.now().replace(microsecond=0), "points": 5}
    with home.database.writing() as tx:
        if tx.scalar(sa.select(games.c.id).where(games.c.id == EVENT)) is None:
            tx.execute(games.insert().values(id=EVENT, title="A week of races", is_event=True))
        tx.execute(unlocks.insert(), [base | row for row in rows])
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))


def day_path(home: SyncHarness) -> str:
    return f"/days/{home.clock.now().astimezone(ZONE).date()}"


def text_of(client: PageClient, home: SyncHarness) -> str:
    return read(client, day_path(home)).text


def test_both_modes_at_one_moment_are_one_unlock(home: SyncHarness) -> None:
    store(home, *({"achievement_id": 50, "title": "Twice", "hardcore": mode} for mode in (True, False)))
    with served(context_of(home)) as client:
        text = text_of(client, home)
    assert "Unlocked 1 5 points" in text
    assert text.count("Twice") == 1
    assert "Twice hardcore" in text


def test_hardcore_after_softcore_and_events_say_that_they_do_not_count(home: SyncHarness) -> None:
    now = home.clock.now().replace(microsecond=0)
    store(
        home,
        {"achievement_id": 51, "title": "Again", "hardcore": False, "unlocked_at": now - 50 * HOUR},
        {"achievement_id": 51, "title": "Again", "hardcore": True},
        {"achievement_id": 52, "title": "Raced", "game_id": EVENT},
        {"achievement_id": 53, "title": "Counted"},
    )
    with served(context_of(home)) as client:
        text = text_of(client, home)
    assert "Unlocked 1 5 points" in text
    assert "Again in softcore before hardcore" in text
    assert "1 unlocked, 5 points, 1 now in hardcore" in text  # of the game, as in the tile
    assert "0 unlocked, 0 points" in text  # of the event
    assert "Raced event, not counted" in text
    assert "Counted hardcore" in text


def test_revised_set_is_listed_with_both_sizes(home: SyncHarness) -> None:
    home.world.add_achievements(1, [10])
    home.live(QUARTER, QUARTER)
    with served(context_of(home)) as client:
        assert "set revised 4 -> 5 achievements" in text_of(client, home).partition("Changes in followed")[2]


def test_poll_is_listed_only_until_its_unlocks_are_read(home: SyncHarness) -> None:
    store(home, {"achievement_id": 54, "title": "Before"})
    home.live(QUARTER, QUARTER)
    home.world.earn("Tester", 1, 1, home.clock.now(), hardcore=True)
    home.live(QUARTER, QUARTER)
    with served(context_of(home)) as client:
        changes = text_of(client, home).partition("Changes in followed games")[2]
        assert "without those that only showed the unlocks above" in changes
        store(home, {"achievement_id": 55, "title": "After"})
        text = text_of(client, home)
        assert "Changes in followed games" not in text
        assert "After hardcore" in text


def test_gains_without_a_name_say_where_they_come_from(home: SyncHarness) -> None:
    store(home, {"achievement_id": 56, "title": "Old", "unlocked_at": home.clock.now() - 90 * HOUR})
    home.live(QUARTER, QUARTER)
    home.world.earn("Tester", 1, 1, home.clock.now(), hardcore=True)
    home.live(QUARTER, QUARTER)
    with served(context_of(home)) as client:
        text = text_of(client, home)
    assert "by polls of followed games" in text
    assert "Their names will be read with the next run." in text


def test_revised_set_is_listed_on_a_day_of_many_unlocks(
    home: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.web.pages.day.MAX_CHANGES", 1)
    for number in (1, 2):
        home.world.add_achievements(number, [10])
        home.live(QUARTER, QUARTER)
    for _ in range(3):
        home.world.earn("Tester", 2, 1, home.clock.now(), hardcore=True)
        home.live(QUARTER, QUARTER)
    store(home, {"achievement_id": 57, "title": "Read"})
    with served(context_of(home)) as client:
        text = text_of(client, home)
    assert text.count("4 -> 5 achievements") == 1
    assert "The newest 1 of that day are shown. All changes of the day" in text


def test_unlock_without_a_title_is_a_link_with_a_name(home: SyncHarness) -> None:
    store(home, {"achievement_id": 58, "title": ""})
    with served(context_of(home)) as client:
        assert "Achievement 58 hardcore" in text_of(client, home)


def test_the_day_before_is_the_last_one_with_an_unlock_until_polls_begin(home: SyncHarness) -> None:
    now = home.clock.now().replace(microsecond=0)
    old = now - timedelta(days=400)
    store(home, {"achievement_id": 55, "title": "Old", "unlocked_at": old})
    with served(context_of(home)) as client:
        first, day = now.astimezone(ZONE).date(), old.astimezone(ZONE).date()
        assert f'rel="prev" href="/days/{day}"' in client.get(f"/days/{first}").text
        assert 'rel="prev"' not in client.get(f"/days/{day}").text
        home.clock.pass_by(49 * 3600)
        later = home.clock.now().astimezone(ZONE).date()
        assert f'rel="prev" href="/days/{later - timedelta(days=1)}"' in client.get(f"/days/{later}").text


def test_what_belongs_to_a_game_that_is_not_followed_leads_to_the_site(home: SyncHarness) -> None:
    now = home.clock.now().replace(microsecond=0)
    award = {
        "player_id": 1,
        "game_id": 77,
        "kind": "mastered",
        "awarded_at": now - timedelta(minutes=1),
        "first_seen_at": now,
    }
    with home.database.writing() as tx:
        tx.execute(games.insert().values(id=77, title="Elsewhere", is_event=False))
        tx.execute(awards.insert().values(award))
    store(home, {"achievement_id": 56, "game_id": 77}, {"achievement_id": 57, "game_id": 1})
    with served(context_of(home)) as client:
        text = client.get(day_path(home)).text
    assert text.count('href="https://retroachievements.org/game/77"') == 2  # mastered, and its unlocks
    assert 'href="/games/77"' not in text
    assert 'href="/games/1"' in text
