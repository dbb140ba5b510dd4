"""Mass drops on both databases: each run starts from what is stored, as after a restart."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from syncer.core.events import WarningRaised
from syncer.core.model.progress import Progress
from syncer.core.model.schedule import IntervalSchedule
from syncer.store.admin.integrity import check

from .harness import Games, SyncHarness

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GAMES = (1, 2, 3, 4, 5, 6)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    """Yield a home whose games 1 to 5 have two unlocks each, in requests of three games."""
    made = SyncHarness(database_url, games=GAMES, batch_size=3)
    for game in GAMES[:5]:
        made.world.earn("Tester", game, 2, made.clock.now(), hardcore=game % 2 == 0)
    made.poll()
    yield made
    assert check(made.database) == []
    made.close()


def reset(home: SyncHarness, *games: int) -> None:
    for game in games:
        home.world.reset_game("Tester", game)


def fallen(games: Games) -> Games:
    """Return the answer with 0 achieved in every game, its set intact."""
    return {
        game: p._replace(num_achieved=0, score_achieved=0, num_achieved_hardcore=0, score_achieved_hardcore=0)
        if isinstance(p, Progress)
        else p
        for game, p in games.items()
    }


def rows(home: SyncHarness) -> list[sa.Row[tuple[object, ...]]]:
    query = """SELECT game_id, confirmed_at IS NOT NULL AS confirmed, ended_at IS NOT NULL AS ended, raw
               FROM rejections WHERE reason = 'mass_drop' ORDER BY game_id IS NOT NULL, game_id, id"""
    with home.database.reading() as tx:
        return list(tx.execute(sa.text(query)).all())


def test_a_reset_of_three_of_four_games_is_accepted_after_six_hours_and_the_fourth_is_recorded(
    home: SyncHarness,
) -> None:
    reset(home, 1, 2, 3)
    home.live(HOUR)
    home.world.revoke("Tester", 4, min(home.world.catalogue.games[4].achievements))
    home.live(4 * HOUR)
    assert [home.kinds(game)[-1] for game in (1, 2, 3, 4)] == ["baseline"] * 3 + ["reset"]
    home.live(2 * HOUR)
    assert [home.kinds(game) for game in (1, 2, 3)] == [["baseline", "reset*"]] * 3
    drop, *of_games = rows(home)
    assert (drop.game_id, drop.confirmed, drop.ended) == (None, True, False)
    assert [(row.game_id, row.confirmed) for row in of_games] == [(1, True), (2, True), (3, True)]
    evidence = json.loads(drop.raw)
    assert evidence["games"] == [1, 2, 3]
    assert evidence["points_before"] == [30, 45]
    assert evidence["points_now"] == [10, 15]


def test_an_account_reset_is_accepted_for_all_games(home: SyncHarness) -> None:
    home.world.unlock_table.reset_account("Tester")
    home.live(7 * HOUR)
    assert [home.kinds(game)[-1] for game in GAMES] == ["reset*"] * 5 + ["baseline"]


def test_a_profile_of_the_run_that_sees_the_drop_is_not_the_one_before_it(home: SyncHarness) -> None:
    home.live(DAY - timedelta(minutes=5))
    reset(home, 1, 2, 3)
    home.live(10 * timedelta(minutes=1))  # the daily profile is read here, before the games are polled
    assert json.loads(rows(home)[0].raw)["points_before"] == [30, 45]
    home.live(7 * HOUR)
    assert [home.kinds(game)[-1] for game in (1, 2, 3)] == ["reset*"] * 3


def test_points_that_were_gained_after_the_last_profile_were_lost_too(home: SyncHarness) -> None:
    for game in (1, 2, 3):
        home.world.earn("Tester", game, 1, home.clock.now(), hardcore=game == 2)
    home.live(HOUR)  # stored by polls; the profile is read once a day
    reset(home, 1, 2, 3)
    home.live(HOUR)
    assert json.loads(rows(home)[0].raw)["points_before"] == [30 + 25, 45 + 25 + 25]
    home.live(7 * HOUR)
    assert [home.kinds(game)[-1] for game in (1, 2, 3)] == ["reset*"] * 3


def test_while_a_drop_stands_its_first_request_alone_is_repeated(home: SyncHarness) -> None:
    home.schedule = IntervalSchedule(DAY)
    home.poll()
    home.source.fault = fallen
    home.clock.pass_by(DAY.total_seconds())
    home.sync(only_due=True)
    home.source.asked.clear()
    home.live(5 * HOUR)
    assert home.source.asked == [(1, 2, 3)] * 5
    assert sorted(home.queries.diagnostics.suspect_games(home.tracked.id, home.clock.now())) == [
        1,
        2,
        3,
        4,
        5,
    ]
    drop = home.queries.runs.standing_drop(home.tracked.id)
    assert drop is not None
    assert (drop.poll_count, len(drop.waiting)) == (6, 5)


def test_a_fault_of_the_site_is_reported_and_leaves_no_change(home: SyncHarness) -> None:
    home.source.fault = fallen
    home.live(3 * DAY, timedelta(minutes=30))
    warnings = [event.what for event in home.events if isinstance(event, WarningRaised)]
    reports = [text for text in warnings if text.startswith("5 games fell to 0 achievements in one answer")]
    assert len(reports) == 3
    home.source.fault = None
    home.live(2 * HOUR)
    assert [home.kinds(game) for game in GAMES[:5]] == [["baseline", "resumed*"]] * 5
    assert [row.ended for row in rows(home)] == [True] * 6


def test_a_response_that_failed_does_not_end_a_drop_and_the_drop_not_the_response(home: SyncHarness) -> None:
    reset(home, 1, 2, 3)
    home.live(HOUR)
    with home.database.writing() as tx:
        query = "SELECT count(*) FROM rejections WHERE game_id IS NULL AND ended_at IS NULL"
        assert tx.execute(sa.text(query)).scalar_one() == 1
    assert home.queries.runs.standing_drop(home.tracked.id) is not None


def test_games_that_left_the_configuration_do_not_hold_a_drop(home: SyncHarness) -> None:
    reset(home, 1, 2, 3, 4)
    home.live(HOUR)
    home.games = (4, 5, 6)
    home.source.asked.clear()
    home.live(6 * HOUR)
    assert not any({1, 2, 3} & set(batch) for batch in home.source.asked)
    assert home.kinds(4)[-1] == "reset*"
