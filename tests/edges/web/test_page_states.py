"""Pages of unusual states: no data yet, an unusable database, a bug, a refused key, an unresolved player."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.errors import Unauthorized
from syncer.core.model.consistency import Points, SumCheck
from syncer.core.model.decision import RejectionReason
from syncer.store.db.tables import rejections, snapshots, targets
from syncer.store.read.web import WebQueries
from syncer.store.write.sum_checks import save_check
from tests.edges.harness import SyncHarness

from .harness import HOSTILE, HOUR, QUARTER, context_of, record_day, served
from .parsed_page import DATA, FEEDS, PAGES, assert_reveals_nothing, read


def test_pages_of_an_empty_database_say_what_they_will_show(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    with served(context_of(home)) as client:
        for path in (*PAGES, "/games/1"):
            page = read(client, path)
            assert "syncer run" in page.text
            assert "No players yet" in page.text
        assert client.get("/data/points").status_code == 404
        assert client.get("/review/2026.svg").status_code == 404  # an image that is missing, and no page
        assert client.get("/?player=Tester").status_code == 404
    home.close()


def test_pages_before_the_first_poll_and_after_one(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", games=(1, 2))
    home.poll()
    with served(context_of(home)) as client:
        assert "No change since the first poll, 0 s ago" in read(client, "/").text
        assert len(client.get("/data/points").json()["times"]) >= 1
        with home.database.writing() as tx:
            for table in ("snapshots", "unlocks", "rejections", "account_snapshots", "account_polls", "runs"):
                tx.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608
            tx.execute(targets.update().values(promised_seconds=None))
        for path in ("/", "/games", "/games/1", "/changes", "/calendar", "/review/2026", "/sync-health"):
            assert client.get(path).status_code == 200, path
        assert "waiting for the first poll" in read(client, "/").text
        assert client.get("/data/points").json()["times"] == []
    home.close()


def test_a_game_without_a_set_is_not_0_percent_done_and_one_run_is_the_last(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", games=(1,))
    home.poll()
    with served(context_of(home)) as client:
        assert "Outcome of the last run." in read(client, "/sync-health").text
        assert "0 % done" in read(client, "/games/1").text
        none = {"num_possible_achievements": 0, "possible_score": 0}
        with home.database.writing() as tx:
            tx.execute(snapshots.update().values(**none))
        text = read(client, "/games/1").text
        assert "Points left 0 no set" in text
        home.poll()
        assert "Outcomes of the last 2 runs." in read(client, "/sync-health").text
    home.close()


def test_missing_database_is_unavailable_until_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    assert home.database.path
    aside = home.database.path.with_name("aside")
    with served(context_of(home)) as client:
        home.database.reader.dispose()
        home.database.path.rename(aside)
        home.database.path.write_bytes(b"no database at all" * 100)
        for path in (*PAGES, *DATA, *FEEDS):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert_reveals_nothing(answer.text)
        assert len([r for r in caplog.records if "page failed" in r.message]) == 1
        home.database.reader.dispose()
        aside.rename(home.database.path)
        assert client.get("/").status_code == 200
    home.close()


def test_a_database_that_another_version_changed_is_no_bug(tmp_path: Path) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    with served(context_of(home)) as client:
        assert client.get("/").status_code == 200
        for change in ("RENAME COLUMN poll_count TO polls", "RENAME TO histories"):
            with home.database.writing() as tx:
                tx.execute(sa.text(f"ALTER TABLE snapshots {change}"))
            answer = client.get("/games/1")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            assert "does not fit this version" in answer.text
            assert_reveals_nothing(answer.text)
    home.close()


def test_bug_reveals_nothing(home: SyncHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("secret inside /tmp/x.py")

    with served(context_of(home)) as client:
        monkeypatch.setattr(WebQueries, "game_totals", broken)
        answer = client.get("/")
        assert answer.status_code == 500
        assert "Content-Security-Policy" in answer.headers
        assert "secret" not in answer.text
        assert_reveals_nothing(answer.text)


def test_sync_health_shows_rejections_and_the_budget(tmp_path: Path) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    now = home.clock.now()
    row = {"player_id": 1, "game_id": 1, "first_seen_at": now, "last_seen_at": now}
    row |= {"poll_count": 3, "raw": HOSTILE}
    with home.database.writing() as tx:
        tx.execute(rejections.insert(), [row | {"reason": reason.value} for reason in RejectionReason])
        tx.execute(targets.update().where(targets.c.game_id == 5).values(failures=2, removed_at=now))
    restricted: dict[str, Any] = {
        "not_before": now + HOUR,
        "wait_reason": "outage",
        "max_batch": 50,
        "max_batch_until": now + HOUR,
    }
    home.source.limiter.apply(lambda budget, _: replace(budget, **restricted))
    with served(context_of(home)) as client:
        page = read(client, "/sync-health")
        assert "all numbers fell to zero at once 3 1 0" in page.text
        assert "waiting until" in page.text
        assert "the site did not work" in page.text
        assert "At most 50 games" in page.text
        assert "not followed" in read(client, "/games/5").text
        assert "not followed" in read(client, "/games").text
    home.close()


POINTS = (
    (Points(9, 3), None, "equal The points of the games are equal to the account's."),
    (Points(4, 3), None, "different The points of the games are 5 hardcore less than the account's;"),
    (Points(4, 3), Points(5, 0), "known difference The points of the games are 5 hardcore less"),
)


def test_sync_health_says_how_the_points_compare_with_the_account(tmp_path: Path) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    player, now = home.player, home.clock.now()
    with served(context_of(home)) as client:
        assert "Points of the account" not in read(client, "/sync-health").text
        for hour, (ours, residual, text) in enumerate(POINTS):
            check = SumCheck(now + hour * HOUR, Points(9, 3), ours, residual)
            with home.database.writing() as tx:
                save_check(tx, player.id, "snapshots", check)
            assert text in read(client, "/sync-health").text
        assert "last equal at" in read(client, "/sync-health").text
    home.close()


def test_status_label_is_never_better_than_readyz(tmp_path: Path) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    with home.database.writing() as tx:  # promised for much later, so that no game is overdue
        tx.execute(targets.update().values(promised_seconds=24 * 3600))
    with served(context_of(home)) as client:
        fresh = client.get("/data/version").json()
        assert "up to date" in read(client, "/").text
        home.clock.pass_by(3600)
        assert "not polled as promised" in read(client, "/").text
        assert client.get("/data/version").json() != fresh  # so that an open page shows it
        home.source.failure = Unauthorized("RetroAchievements refused the key.")
        home.poll()
        home.source.limiter.apply(lambda budget, at: replace(budget, refused_at=at))
        assert "key refused" in read(client, "/").text
        home.source.limiter.apply(lambda budget, _: replace(budget, refused_at=None))
        home.source.failure = None
        home.clock.pass_by(3601)
        home.poll()
        assert "up to date" in read(client, "/").text
    home.close()


def test_no_players_page_shows_why_the_run_failed(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.source.failure = Unauthorized("RetroAchievements refused the key.")
    home.poll()
    with served(context_of(home)) as client:
        for path in ("/", "/games", "/sync-health"):
            text = read(client, path).text
            assert "0 s ago , before its player was found: RetroAchievements refused the key." in text
            assert "They fill with the first run" not in text
    home.close()


def test_unresolved_player_is_shown_next_to_the_stored_ones(tmp_path: Path) -> None:
    home = record_day(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.name = "Typo"
    home.poll()
    home.name = "Tester"
    with served(context_of(home)) as client:
        for path in ("/", "/sync-health"):
            assert "before its player was found: " in read(client, path).text
        home.live(3 * HOUR, QUARTER)
        assert "before its player was found" not in read(client, "/").text  # no retry since: it was fixed
    home.close()
