"""`?at=WHEN` shows each page as it was: the numbers are those of `syncer at`, on both databases."""

import re
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.clock import truncate_to_ms
from syncer.core.formats.timestamps import format_utc
from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.account_tables import unlocks
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from tests.edges.sql_facts import GAP_AFTER, NOW, START

from .five_months import client, database
from .harness import PageClient
from .parsed_page import read

__all__ = ["client", "database"]  # fixtures, requested by their names

PAGES = ("/", "/games", "/games/{game}", "/changes", "/calendar", "/days/{day}", "/sync-health")


def moments(count: int, seed: int) -> list[datetime]:
    """Return moments from before the first poll until now."""
    rng = Random(seed)
    span = (NOW - START) / timedelta(seconds=1)
    return [truncate_to_ms(START + timedelta(seconds=rng.uniform(-0.05, 1) * span)) for _ in range(count)]


def state_at(database: Database, player: Any, moment: datetime) -> dict[int, dict[str, Any]]:
    rows = Queries(database).history.state_at(player.id, moment, NOW, GAP_AFTER)
    return {row["game_id"]: row for row in rows}


def test_the_games_of_any_moment_are_those_of_the_command(database: Database) -> None:
    """The queries behind /games, /games/<id> and the totals of the overview."""
    players, seen = Queries(database).players.select(), 0
    for moment in moments(300 if database.path else 60, seed=16):
        for player in players:
            wanted = {
                game: tuple(row[name] for name in PROGRESS_COLUMNS)
                for game, row in state_at(database, player, moment).items()
            }
            with Queries(database).in_one_transaction() as queries:
                queries.past.show(moment)
                listed = queries.game_list.all(player.id)
                totals = queries.web.game_totals(player.id)
                game = queries.web.game(player.id, max(wanted)) if wanted else None
            found = {g.game_id: tuple(g.progress) for g in listed if g.progress and g.removed_at is None}
            assert found == wanted, (player.username, moment)
            assert not game or tuple(game[name] for name in PROGRESS_COLUMNS) == wanted[max(wanted)]
            counted = [
                g.progress for g in listed if g.progress and not g.is_event
            ]  # those of former games, too
            assert [totals[name] for name in PROGRESS_COLUMNS] == [
                sum(progress[n] for progress in counted) for n in range(len(PROGRESS_COLUMNS))
            ]
            seen += len(wanted)
    assert seen > 1000


def test_each_page_shows_any_moment_and_links_to_pages_of_the_same(
    database: Database, client: PageClient
) -> None:
    players = Queries(database).players.select()
    for number, moment in enumerate(moments(12, seed=17)):
        player = players[number % len(players)]
        state, at = state_at(database, player, moment), format_utc(moment)
        for path in PAGES:
            game = max(state, default=None)
            if "{game}" in path and game is None:
                continue
            address = path.format(game=game, day=moment.date())
            page = read(client, f"{address}?player={player.username}&at={at}")
            assert page.text.count("As of ") == 2, address  # what it shows, and the form
            links = [link["href"] or "" for link in page.all("a")]
            own = [link for link in links if link.startswith("/") and "player=" in link]
            (present,) = [link for link in own if "at=" not in link]
            assert present.startswith(f"{address}?player=")
            assert all(
                "at=" in (tag["data-chart"] or "") for tag in page.all("figure") if "data-chart" in tag
            )
            if "{game}" in path and game is not None:
                row = state[game]
                done = f"Unlocked {row['num_achieved']} of {row['num_possible_achievements']} In hardcore"
                assert done in page.text


def test_what_happened_later_is_on_no_page(database: Database, client: PageClient) -> None:
    (player, *_) = Queries(database).players.select()
    moment = START + (NOW - START) / 2
    of_then = {"player": player.username, "at": format_utc(moment)}
    assert client.get(f"/days/{(moment + timedelta(days=1)).date()}", params=of_then).status_code == 404
    for path in ("/data/points", "/changes"):
        assert client.get(path, params=of_then).status_code == 200
    points = client.get("/data/points", params=of_then).json()
    assert points["times"][-1] <= moment.timestamp()


def test_when_an_unlock_became_visible_is_not_known_before(database: Database, client: PageClient) -> None:
    u = unlocks.c
    late = sa.select(u.unlocked_at, u.visible_after).where(u.player_id == 1, u.visible_after.is_not(None))
    with database.reading() as tx:
        dated, visible = tx.execute(late.order_by(u.unlocked_at)).first() or (NOW, NOW)
    assert dated < visible < NOW
    (player,) = (one for one in Queries(database).players.select() if one.id == 1)
    for moment, is_known in ((visible - timedelta(minutes=1), False), (visible, True)):
        of_then = {"player": player.username, "at": format_utc(moment)}
        page = client.get("/calendar", params=of_then)
        assert (f"{visible:%Y-%m-%d %H:%M}:00 UTC" in page.text) is is_known


def test_how_certain_it_is_is_said(client: PageClient) -> None:
    before = read(client, f"/?at={format_utc(START - timedelta(days=30))}").text
    assert "That is before the first poll" in before
    assert re.search(
        r"\d+ of \d+ games had the same numbers before and after",
        read(client, f"/?at={START.date() + timedelta(days=50)}").text,
    )


@pytest.mark.parametrize("when", ["0001-01-01", "0001-01-02T00:00Z", "1900-01-01"])
def test_a_moment_before_1970_is_before_the_first_poll(client: PageClient, when: str) -> None:
    for path in ("/", "/calendar", "/sync-health", "/players", "/compare", "/data/points"):
        assert client.get(path, params={"at": when}).status_code == 200, path
    assert "That is before the first poll" in read(client, f"/?at={when}").text


def test_the_request_budget_is_shown_of_the_present_only(client: PageClient) -> None:
    assert "Request budget" in read(client, "/sync-health").text
    assert "Request budget" not in read(client, f"/sync-health?at={START.date() + timedelta(days=50)}").text


@pytest.mark.parametrize("when", ["soon", "2999-01-01", "2026-05-01T10:00+99:00"])
def test_a_moment_that_cannot_be_read_is_one_sentence(client: PageClient, when: str) -> None:
    answer = client.get("/games", params={"at": when})
    assert answer.status_code == 422
    assert "at: " in answer.text
