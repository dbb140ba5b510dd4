"""Events and hubs: their unlocks are kept, and with games = "played" they become no targets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from syncer.core.model.library import (
    ConsoleInfo,
    GameInfo,
    PlayedGame,
    SourcedUnlock,
    Unlock,
    UnlockPage,
    Window,
)
from syncer.core.model.progress import GameId
from syncer.core.ports import TrackedPlayer
from syncer.core.sync.reconcile import active
from syncer.store.db.tables import games, unlocks

from .harness import START, SyncHarness

EVENT, DAY, HOUR = 6, timedelta(days=1), timedelta(hours=1)
GAP_AFTER = timedelta(minutes=30)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1,))
    made.world.earn("Tester", EVENT, 2, START - DAY, hardcore=True)
    made.poll()
    yield made
    made.close()


def list_unlock(home: SyncHarness, console: str, game: GameId = EVENT) -> None:
    """Store a list of unlocks with one of this game, as with "played"; it names the console only."""
    row = Unlock(10 * game, game, "Badge", 7, True, START - DAY)
    page = UnlockPage((row,), games=(GameInfo(game, f"Game {game}", None, console, ""),))
    window, now = Window(START - 2 * DAY, START, None), home.clock.now()
    home.writers.library.save_unlocks(home.player, page, [SourcedUnlock(row, "seen")], window, True, now)


def list_game(home: SyncHarness, console: int, name: str, game: GameId = EVENT) -> None:
    row = PlayedGame(game, f"Game {game}", console, name, "", 9, 1, 1)
    home.writers.library.save_library(home.player, [row], True, home.clock.now())


def reconcile(home: SyncHarness, *listed: GameId, played: bool = True) -> set[GameId]:
    """Return the games that are followed from now on."""
    tracked = TrackedPlayer("Tester", None, listed, home.schedule, GAP_AFTER, played=played)
    followed = home.writers.players.reconcile(home.player, tracked, home.clock.now())
    assert followed == active(home.queries.players.targets(home.player.id))
    return {target.game_id for target in followed}


def marked(home: SyncHarness) -> set[GameId]:
    with home.database.reading() as tx:
        return set(tx.scalars(sa.select(games.c.id).where(games.c.is_event)))


def points(home: SyncHarness) -> tuple[int, int]:
    """Return the points of all unlocks, as the calendar sums them, and those of all polls."""
    with home.database.reading() as tx:
        of_unlocks = tx.scalar(sa.text("SELECT coalesce(sum(points), 0) FROM first_unlocks"))
        of_polls = tx.scalar(sa.text("SELECT score_achieved FROM player_totals"))
    return int(of_unlocks), int(of_polls)


@pytest.mark.parametrize("console", ["Events", "Hubs"])
def test_an_event_that_an_unlock_names_is_kept_and_neither_followed_nor_counted(
    home: SyncHarness, console: str
) -> None:
    list_unlock(home, console)
    list_unlock(home, "NES", 2)
    assert marked(home) == {EVENT}
    assert reconcile(home, 1) == {1, 2}
    with home.database.reading() as tx:
        assert set(tx.scalars(sa.select(unlocks.c.game_id))) == {EVENT, 2}
    assert points(home)[0] == 7


@pytest.mark.parametrize(("console", "name"), [(100, "Hubs"), (101, "Events"), (101, "Renamed")])
def test_an_event_of_the_listing_is_not_followed(home: SyncHarness, console: int, name: str) -> None:
    list_game(home, console, name)
    list_game(home, 7, "Events", 2)  # the id decides
    assert marked(home) == {EVENT}
    assert reconcile(home, 1) == {1, 2}


def test_a_game_whose_console_is_not_known_yet_is_a_game(home: SyncHarness) -> None:
    list_unlock(home, "")
    assert marked(home) == set()
    assert reconcile(home, 1) == {1, EVENT}
    assert points(home)[0] == 7


def test_a_target_that_turns_out_to_be_an_event_is_removed_and_leaves_no_gap(home: SyncHarness) -> None:
    list_unlock(home, "")
    home.games = (1, EVENT)  # polled as a game until now
    home.poll()
    home.live(HOUR)
    polled_at = home.clock.now()
    list_unlock(home, "Events")
    home.games = (1,)
    with home.database.writing() as tx:
        tx.execute(sa.text("UPDATE targets SET source = 'played' WHERE game_id = 6"))
    assert reconcile(home, 1) == {1}
    home.live(3 * HOUR)
    (event,) = (t for t in home.queries.players.targets(home.tracked.id) if t.game_id == EVENT)
    assert event.removed_at == polled_at
    assert home.state(polled_at - HOUR / 2)[EVENT][1] == "known"
    assert home.state(home.clock.now()).keys() == {1}
    gaps = home.queries.history.target_gaps(home.tracked.id, home.clock.now() + 9 * DAY, GAP_AFTER)
    assert {gap["game_id"] for gap in gaps} == {1}
    assert reconcile(home, 1) == {1}


def test_a_listed_event_is_polled_and_left_out_of_sums(home: SyncHarness) -> None:
    home.games = (1, EVENT)
    home.poll()
    before = points(home)
    home.world.earn("Tester", EVENT, 1, home.clock.now(), hardcore=True)
    list_unlock(home, "Events")
    home.live(HOUR)
    assert reconcile(home, 1, EVENT) == {1, EVENT}
    assert home.kinds(EVENT) == ["baseline", "unlock"]
    assert before[1] > 0
    assert points(home) == (0, 0)


def test_a_console_that_the_site_calls_no_game_system_has_no_games(home: SyncHarness) -> None:
    """Whatever its number: those that are stored already, and those that come later, by id or by name."""
    list_game(home, 102, "Challenges", 2)
    assert marked(home) == set()
    consoles = [ConsoleInfo(7, "NES", True, True), ConsoleInfo(102, "Challenges", True, False)]
    home.writers.titles.save_consoles(consoles)
    assert marked(home) == {2}
    list_game(home, 102, "Renamed", 3)
    list_unlock(home, "Challenges", 4)
    assert marked(home) == {2, 3, 4}
    assert reconcile(home) == set()
    assert home.writers.titles.outdated_consoles(home.clock.now()) == [7]
    list_game(home, 7, "NES", 2)  # it moved
    assert marked(home) == {3, 4}
    assert reconcile(home) == {2}


def test_a_list_of_events_and_hubs_alone_is_no_list_of_consoles(home: SyncHarness) -> None:
    hubs = ConsoleInfo(100, "Hubs", True, False)
    home.writers.titles.save_consoles([hubs])
    assert home.writers.titles.outdated_consoles(home.clock.now()) is None
    home.writers.titles.save_consoles([hubs, replace(hubs, console_id=7, is_game_system=True)])
    assert home.writers.titles.outdated_consoles(home.clock.now()) == [7]


def test_a_mass_drop_is_proved_by_sums_that_never_held_the_events_points(database_url: str) -> None:
    home = SyncHarness(database_url, games=(1, 2, EVENT))
    home.world.catalogue.games[EVENT].console = "Events"
    for game in home.games:
        home.world.earn("Tester", game, 2, START)
    home.poll()
    list_game(home, 101, "Events")
    for game in home.games:
        home.world.reset_game("Tester", game)
    home.live(HOUR)
    drop = home.queries.runs.standing_drop(home.tracked.id)
    assert drop is not None
    assert (sorted(drop.waiting), drop.lost.softcore) == ([1, 2, EVENT], 2 * (5 + 10))
    home.live(6 * HOUR)
    assert [home.kinds(game)[-1] for game in home.games] == ["reset*"] * 3
    home.close()
