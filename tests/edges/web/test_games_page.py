"""The list of games: filtered by state, console and words, sorted, paged, and summed by console."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.core.milestones.states import GameState, game_state
from syncer.core.model.progress import Progress
from syncer.store.db.account_tables import awards, play_sessions, playtime, unlocks
from syncer.store.db.engine import Database
from syncer.store.db.tables import games
from syncer.store.read.game_list import GameListQueries, ListedGame, state_of
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context
from tests.first_sync import CONSOLES, NOW, SMALL, SYNCED, create_first_sync

from .harness import PageClient, served
from .parsed_page import read

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = create_first_sync(f"sqlite:///{tmp_path_factory.mktemp('games') / 'syncer.db'}", SMALL)
    with made.writing() as tx:
        played = {"player_id": 1, "first_seen_at": SYNCED, "last_seen_at": SYNCED}
        tx.execute(playtime.insert(), [{**played, "game_id": n, "seconds": 3600 * n} for n in (7, 12)])
        span = {"started_after": SYNCED - HOUR, "started_before": SYNCED - HOUR, "ended_at": SYNCED}
        tx.execute(
            play_sessions.insert().values(player_id=1, game_id=33, **span, is_open=False, after_gap=False)
        )
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(database: Database) -> Iterator[PageClient]:
    context = Context(Queries(database), lambda: NOW, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context) as made:
        yield made


@pytest.fixture(scope="module")
def listed(database: Database) -> list[ListedGame]:
    return GameListQueries(database).all(1)


def shown(client: PageClient, query: str) -> list[int]:
    """Return the ids of the games of a page, in their order."""
    part = client.get(f"/games{query}").text.partition('id="game-list"')[2].partition("</table>")[0]
    return [int(number) for number in re.findall(r'<td class="name"><a href="/games/(\d+)"', part)]


def test_states_are_those_of_numbers_and_awards(listed: list[ListedGame], database: Database) -> None:
    with database.reading() as tx:
        kinds = dict(tx.execute(sa.select(awards.c.game_id, awards.c.kind)).all())
    assert {game.game_id: game.state for game in listed} == {
        game.game_id: game_state(game.progress, kinds.get(game.game_id)) for game in listed
    }
    assert {game.state for game in listed} > {GameState.MASTERED, GameState.NOT_STARTED}


@pytest.mark.parametrize("possible", [0, 1, 5])
@pytest.mark.parametrize("achieved", [0, 1, 5, 6])
@pytest.mark.parametrize("hardcore", [0, 1, 5, 6])
@pytest.mark.parametrize("award", [None, "beaten-softcore", "mastered", "of a later version"])
def test_state_does_not_depend_on_which_numbers(
    possible: int, achieved: int, hardcore: int, award: str | None
) -> None:
    progress = Progress(possible, 9, achieved, 9, hardcore, 9)
    assert state_of(progress, award) == game_state(progress, award)
    assert state_of(None, award) == game_state(None, award)


def test_percent_is_100_at_most() -> None:
    """More may be unlocked than is possible, while the site recounts a set."""
    found = [
        ListedGame(1, "G", None, False, None, None, Progress(*numbers), GameState.MASTERED)
        for numbers in ((4, 9, 5, 9, 5, 9), (4, 9, 3, 9, 0, 0), (0, 0, 0, 0, 0, 0))
    ]
    assert [game.percent for game in found] == [100, 75, 0]


@pytest.mark.parametrize("state", [state.value for state in GameState])
def test_state_is_filtered(client: PageClient, listed: list[ListedGame], state: str) -> None:
    assert set(shown(client, f"?state={state}")) == {g.game_id for g in listed if g.state.value == state}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=chess", "No game has “chess” in its title, console or id."),
        ("console=Saturn", "No game of this state and console is known."),
        ("state=mastered&q=chess", "No game of this state and console has “chess” in its title"),
    ],
)
def test_an_empty_list_names_what_was_searched(client: PageClient, query: str, sentence: str) -> None:
    assert sentence in read(client, f"/games?{query}").text


def test_the_link_of_a_long_console_leads_to_its_games(tmp_path: Path) -> None:
    made = create_first_sync(f"sqlite:///{tmp_path / 'syncer.db'}", SMALL)
    with made.writing() as tx:
        tx.execute(games.update().where(games.c.id == 5).values(console_name="C" * 255))
    context = Context(Queries(made), lambda: NOW, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context) as client:
        link = re.search(r'href="(/games\?console=C+)"', client.get("/games").text)
        assert link
        assert shown(client, link[1].removeprefix("/games")) == [5]
    made.close()


def test_filters_and_sorting_stay_in_each_address(client: PageClient, listed: list[ListedGame]) -> None:
    page = read(client, "/games?state=mastered&console=Game+Boy&q=o&sort=percent&order=up")
    links = [a["href"] or "" for a in page.all("a")]
    heads = [link for link in links if "sort=" in link and "state=" in link]
    assert len(heads) >= 9
    assert all("console=Game+Boy" in link and "q=o" in link for link in heads)
    found = shown(client, "?console=Game+Boy&sort=percent&order=up")
    by_id = {game.game_id: game for game in listed}
    assert {by_id[number].console_name for number in found} == {"Game Boy"}
    assert [by_id[number].percent for number in found] == sorted(by_id[number].percent for number in found)


def test_last_unlock_is_first_and_the_pages_hold_all_games(
    client: PageClient, listed: list[ListedGame], database: Database
) -> None:
    everything = shown(client, "") + shown(client, "?page=2")
    assert sorted(everything) == [game.game_id for game in listed]
    u = unlocks.c
    with database.reading() as tx:
        found = tx.execute(sa.select(u.game_id, sa.func.max(u.unlocked_at)).group_by(u.game_id)).all()
    newest = {game_id: at for game_id, at in found}
    assert {game.game_id: game.last_unlocked_at for game in listed if game.last_unlocked_at} == newest
    dated = [newest[number] for number in everything if number in newest]
    assert dated == sorted(dated, reverse=True)
    assert all(number not in newest for number in everything[len(dated) :])


def test_hours_are_those_of_the_site_or_of_sessions(client: PageClient) -> None:
    assert shown(client, "?sort=played")[:3] == [12, 7, 33]
    text = read(client, "/games?sort=played").text
    assert "12.0 h" in text
    assert "7.0 h" in text
    assert "1.0 h ±" in text


def test_consoles_are_summed(client: PageClient, listed: list[ListedGame]) -> None:
    text = read(client, "/games").text.partition("By console")[2]
    games, mastered = Counter[str | None](), Counter[str | None]()
    for game in listed:
        games[game.console_name] += 1
        mastered[game.console_name] += game.state is GameState.MASTERED
    for name in CONSOLES:
        assert f"{name} {games[name]} {mastered[name]} " in text


def test_accents_and_case_do_not_count(client: PageClient, listed: list[ListedGame]) -> None:
    with_accents = {game.game_id for game in listed if "Pokémon" in (game.title or "")}
    assert with_accents
    assert set(shown(client, "?q=POKEMON")) == with_accents
    suggested = client.get("/data/games?q=pokemon").json()["games"]
    assert {game["game_id"] for game in suggested} <= with_accents
    assert len(suggested) == min(10, len(with_accents))
    assert client.get("/data/games").json() == {"games": []}


def test_no_page_lists_all_games(client: PageClient) -> None:
    for path in ("/games", "/changes"):
        assert read(client, path).text.count("Game Boy") < 40
        assert len(read(client, path).all("option")) < 60
