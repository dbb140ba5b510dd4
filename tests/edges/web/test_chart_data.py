"""The JSON that the charts draw, and the version that an open page polls."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.edges.harness import START, SyncHarness

from .harness import PageClient, context_of, record_day, served, unlock


def test_points_end_at_the_totals(client: PageClient, home: SyncHarness) -> None:
    document, totals = client.get("/data/points").json(), home.queries.web.game_totals(1)
    assert document["columns"] == ["score_achieved", "score_achieved_hardcore"]
    newest = [values[-1] for values in document["values"]]
    assert newest == [totals["score_achieved"], totals["score_achieved_hardcore"]]
    assert document["times"] == sorted(set(document["times"]))
    assert document["point_count"] == len(document["times"])


def test_line_is_broken_in_a_gap_and_backfilled_before_the_first_poll(client: PageClient) -> None:
    document = client.get("/data/points").json()
    points = list(zip(document["times"], document["values"][0], strict=True))
    assert len(document["gaps"]) == 1
    begin, end = document["gaps"][0]
    assert 11.9 * 3600 < end - begin < 13 * 3600
    assert [value for time, value in points if begin < time < end] == [None]
    backfilled = [value for time, value in points if time < document["recorded_from"]]
    # A removed unlock does not count. That of the night before belongs to the day of the first poll in this
    # zone, which ends with the polled sum.
    assert backfilled == [30, 40]


def test_window_agrees_with_the_whole_history(client: PageClient, home: SyncHarness) -> None:
    whole = client.get("/data/points").json()
    since = home.clock.now() - timedelta(hours=2)
    part = client.get("/data/points", params={"from": since.isoformat()}).json()
    assert [values[-1] for values in part["values"]] == [values[-1] for values in whole["values"]]
    assert part["times"][0] == pytest.approx(since.timestamp(), abs=1)
    before = [v for t, v in zip(whole["times"], whole["values"][0], strict=True) if t <= part["times"][0]]
    assert part["values"][0][0] == before[-1]
    assert client.get("/data/points?from=2026-05-02&to=2026-05-01").json()["times"] == []


def test_game_has_its_marks_and_unlocks(client: PageClient) -> None:
    document = client.get("/data/games/2").json()
    assert [mark["kind"] for mark in document["marks"]] == ["reset"]
    assert document["columns"] == ["num_achieved", "num_achieved_hardcore", "num_possible_achievements"]
    assert client.get("/data/games/1").json()["unlock_times"] == [
        unlock(number)["unlocked_at"].timestamp() for number in (2, 1, 0)
    ]
    assert client.get("/data/games/1?to=2026-04-01").json()["times"] == []
    assert client.get("/data/games/999").status_code == 404


def test_unlock_that_is_gone_is_marked(client: PageClient) -> None:
    unlocks = client.get("/data/games/1").json()["unlocks"]
    assert [(u["achievement_id"], u["gone_at"]) for u in unlocks] == [
        (4, START.timestamp()),
        (3, None),
        (2, None),
        (1, None),
    ]
    assert unlocks[-1] == {
        "time": unlock(0)["unlocked_at"].timestamp(),
        "achievement_id": 1,
        "hardcore": True,
        "points": 10,
        "gone_at": None,
    }
    windowed = client.get("/data/games/1", params={"from": "2026-04-29"}).json()["unlocks"]
    assert [u["achievement_id"] for u in windowed] == [3, 2, 1]


def test_version_changes_with_a_new_snapshot(tmp_path: Path) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    with served(context_of(home)) as client:
        before = client.get("/data/version").json()
        assert client.get("/data/version").json() == before
        assert f'data-version="{before["version"]}"' in client.get("/").text
        home.world.earn("Tester", 3, 1, home.clock.now())
        home.live(timedelta(minutes=20))
        after = client.get("/data/version").json()
        assert after["version"].split("-")[0] != before["version"].split("-")[0]
    home.close()
