"""Time travel of what was played: the games, their order, and their numbers at any moment."""

import json
from datetime import timedelta

from syncer.core.formats.timestamps import format_utc
from syncer.store.db.account_tables import games_played, play_sessions
from syncer.store.db.tables import games, targets, unlocks

from .time_travel_client import RECENT, TimeTravelClient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUARTER = DAY / 4


def test_played_games_of_any_moment_are_in_the_order_of_their_unlocks(with_unlocks: TimeTravelClient) -> None:
    home, played = with_unlocks.home, with_unlocks.played
    home.world.earn("Tester", 3, 1, home.clock.now() - 90 * DAY)
    home.world.earn("Tester", 2, 1, home.clock.now() - 30 * DAY)
    home.world.earn("Tester", 6, 1, home.clock.now() - 20 * DAY)  # not followed
    began = home.clock.now()
    home.live(2 * DAY, QUARTER)
    third = home.clock.now()
    home.world.earn("Tester", 3, 1, third)
    home.live(2 * DAY, QUARTER)
    reset = home.clock.now()
    home.world.reset_game("Tester", 3)
    home.live(4 * DAY, QUARTER)

    assert played(began - 91 * DAY) == []
    assert played(began - 60 * DAY) == [3]  # by an unlock that is older than the recording
    assert played(third - QUARTER) == [2, 3]
    assert played(third + DAY) == played(reset - QUARTER) == [3, 2]
    assert played(home.clock.now()) == [2, 3]  # the reset took its dates, not the game
    assert played(home.clock.now(), "&c=1") == [2]
    assert played(third + DAY, "&c=1") == [3]
    assert played(third + DAY, "&o=1") == [2]
    rows = with_unlocks.ask("u=Tester", RECENT).json()
    assert [row["LastPlayed"] is None for row in rows] == [False, True]
    home.games = (3, 4)
    home.live(2 * DAY, QUARTER)
    assert played(home.clock.now()) == [3]
    assert played(third + DAY) == [3, 2]


def test_numbers_of_a_played_game_are_those_of_its_progress_then(with_unlocks: TimeTravelClient) -> None:
    home = with_unlocks.home
    home.world.earn("Tester", 1, 2, home.clock.now() - 40 * DAY)
    began = home.clock.now()
    home.live(2 * DAY, QUARTER)
    home.world.earn("Tester", 2, 1, home.clock.now(), hardcore=True)
    home.live(2 * DAY, QUARTER)
    home.clock.pass_by(60)
    for when, ids, coverage in (
        (began - DAY, "1", ["unknown", None]),
        (began + DAY, "1", ["known", None]),
        (home.clock.now(), "2,1", ["between", None]),
    ):
        at = f"u=Tester&at={format_utc(when)}"
        recent, progress = with_unlocks.ask(at, RECENT), with_unlocks.ask(f"{at}&i={ids}")
        numbers = next(iter(progress.json().values())).keys()
        assert {str(row["GameID"]): {name: row[name] for name in numbers} for row in recent.json()} == (
            progress.json()
        )
        assert [recent.headers.get(f"Syncer-Coverage{end}") for end in ("", "-Games")] == coverage
        assert [row["AchievementsTotal"] for row in recent.json()] == [
            row["NumPossibleAchievements"] or None for row in recent.json()
        ]


def test_empty_page_says_whether_anything_was_known_then(each_client: TimeTravelClient) -> None:
    home = each_client.home
    before = home.clock.now() - HOUR
    home.live(HOUR)
    assert each_client.account(before, RECENT) == ([], "unknown")
    assert each_client.account(home.clock.now(), RECENT) == ([], None)  # followed, but never played


def test_game_of_the_sites_list_was_played_once_it_was_listed(each_client: TimeTravelClient) -> None:
    home = each_client.home
    began = home.clock.now()
    home.live(HOUR)
    listed = targets.update().where(targets.c.game_id == 2)
    with home.database.writing() as tx:
        tx.execute(listed.values(source="played", added_at=began + HOUR / 2))
    assert each_client.played(home.clock.now()) == [2]
    assert each_client.played(began + HOUR / 4) == []
    assert each_client.account(home.clock.now(), RECENT)[0][0]["LastPlayed"] is None


def test_dates_of_the_site_and_sessions_move_a_game(each_client: TimeTravelClient) -> None:
    """Game 1 has one session, and was played last two days later; game 2 was unlocked between the two."""
    home, start = each_client.home, each_client.home.clock.now()
    home.world.earn("Tester", 2, 1, start)
    home.live(8 * DAY, DAY)
    one = {"player_id": home.tracked.id, "game_id": 1}
    session = one | {
        "started_after": start + DAY,
        "started_before": start + DAY + HOUR,
        "ended_at": start + DAY + 3 * HOUR,
        "is_open": False,
        "after_gap": False,
    }
    unlock = one | {"game_id": 2, "achievement_id": 9, "hardcore": True, "points": 5, "title": ""}
    unlock |= {"unlocked_at": start + 2 * DAY, "first_seen_at": start, "source": "seen"}
    with home.database.writing() as tx:
        tx.execute(play_sessions.insert().values(**session))
        tx.execute(games_played.insert().values(**one, last_played_at=start + 3 * DAY))
        tx.execute(unlocks.insert().values(**unlock))

    def played(after: timedelta) -> list[tuple[int, str | None]]:
        found, _ = each_client.account(start + after, RECENT)
        return [(row["GameID"], row["LastPlayed"] and row["LastPlayed"][5:16]) for row in found]

    assert played(DAY + HOUR / 2) == [(2, None)]
    assert played(DAY + 2 * HOUR) == [(1, "05-02 13:00"), (2, None)]  # its first date
    assert played(2 * DAY - HOUR) == [(1, "05-02 15:00"), (2, None)]
    assert played(2 * DAY) == [(2, "05-03 12:00"), (1, "05-02 15:00")]
    assert played(8 * DAY) == [(1, "05-04 12:00"), (2, "05-03 12:00")]


def test_events_are_left_out_and_games_without_a_title_are_null(each_client: TimeTravelClient) -> None:
    home = each_client.home
    for game in (1, 2):
        home.world.earn("Tester", game, 1, home.clock.now())
    home.live(HOUR)
    assert each_client.played(home.clock.now()) == [1, 2]
    row = each_client.account(home.clock.now(), RECENT)[0][0]
    assert (row["Title"], row["ConsoleID"], row["ConsoleName"], row["ImageIcon"]) == (None,) * 4
    hostile = "\"</script>'/~Łódź~"
    with home.database.writing() as tx:
        tx.execute(games.update().where(games.c.id == 1).values(is_event=True))
        tx.execute(games.update().where(games.c.id == 2).values(title=hostile, console_name="A/B"))
    answer = each_client.ask("u=Tester", RECENT)
    (row,) = answer.json()
    assert (row["GameID"], row["Title"]) == (2, hostile)
    assert answer.text.isascii()
    assert ("A\\/B" in answer.text, json.loads(answer.text) == [row]) == (True, True)
