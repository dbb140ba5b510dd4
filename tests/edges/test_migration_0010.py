"""Migration 0010 stores promises in seconds: none gets shorter, and users' views come through."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.account_tables import account_polls
from syncer.store.db.tables import targets
from syncer.store.db.views import latest_progress
from tests.fixtures.thaw import assert_refused_by, downgrade, stored, thawed

from .past_polls import PastPlayer, minute, player_rows, upgraded_past, write_past
from .test_migration_0006 import LATER, everything

PROMISES = {75: 900, 75 + 0.001 / 60: 901, 74.9: 894, 60: 1, 30: 1}  # by the minute that was promised


def test_a_promise_is_rounded_up_to_seconds_from_the_last_poll(empty_database_url: str) -> None:
    database = upgraded_past(
        empty_database_url, *(PastPlayer({1: [(0, 60)], 2: []}, expected=expected) for expected in PROMISES)
    )
    for number, (expected, promised) in enumerate(PROMISES.items(), 1):
        polled, never = player_rows(database, targets, number)
        assert (polled["promised_seconds"], never["promised_seconds"]) == (promised, None)
        shown, unknown = player_rows(database, latest_progress, number)
        assert shown["expected_at"] == minute(60) + timedelta(seconds=promised) >= minute(expected)
        assert unknown["expected_at"] is None
    database.close()


def test_the_account_is_promised_the_interval_or_until_the_next_listed_moment(
    empty_database_url: str,
) -> None:
    """With `at`, the interval is the shortest time between two moments."""
    listed = PastPlayer({1: [(0, 60), (3000, 3600)]}, interval=3600, expected=3600 + 14 * 60)
    database = upgraded_past(empty_database_url, PastPlayer({1: [(0, 60)]}, expected=74), listed)
    assert [row["promised_seconds"] for row in player_rows(database, account_polls)] == [900]
    assert [row["promised_seconds"] for row in player_rows(database, account_polls, 2)] == [3600, 14 * 3600]
    database.close()


def test_only_targets_that_failed_or_are_suspect_keep_when_they_are_due(empty_database_url: str) -> None:
    database = write_past(empty_database_url, PastPlayer({game: [(0, 60)] for game in range(1, 7)}))
    at = "2026-05-01 01:00:00.000" if database.path else "2026-05-01 01:00:00+00"
    columns = "player_id, game_id, first_seen_at, last_seen_at, poll_count, reason, raw"
    rejected = f"INSERT INTO rejections ({columns}, {{}}) "
    rejected += f"VALUES (1, {{}}, '{at}', '{at}', 1, 'suspect_zero', '', {{}})"
    with database.writer.begin() as tx:
        tx.execute(sa.text("UPDATE targets SET failures = 2 WHERE game_id = 2"))
        for game, column, value in (
            (3, "ended_at", "NULL"),  # stands
            (4, "ended_at", f"'{at}'"),
            (5, "confirmed_at", f"'{at}'"),
            (6, "ended_at", "NULL"),  # an older one, without an end
            (6, "ended_at", f"'{at}'"),
        ):
            tx.execute(sa.text(rejected.format(column, game, value)))
    upgrade_schema(database, LATER)
    due = {row["game_id"]: row["due_at"] for row in player_rows(database, targets)}
    assert due == {1: None, 2: minute(75), 3: minute(75), 4: None, 5: None, 6: None}
    database.close()


def test_the_way_back_keeps_each_promise_and_the_interval(empty_database_url: str, tmp_path: Path) -> None:
    database = thawed("0009", empty_database_url, tmp_path)
    before = stored(database)["targets"]
    upgrade_schema(database, LATER)
    upgraded = stored(database)
    downgrade(database, "0009")
    after = stored(database)["targets"]
    assert [row["interval_seconds"] for row in after] == [row["interval_seconds"] for row in before]
    for old, new in zip(before, after, strict=True):
        for name in ("due_at", "expected_at"):
            assert timedelta(0) <= moment(new[name]) - moment(old[name]) < timedelta(seconds=1)
    upgrade_schema(database, LATER + timedelta(days=1))
    assert stored(database) == upgraded
    database.close()


def moment(stored_value: str | datetime) -> datetime:
    return datetime.fromisoformat(f"{stored_value}+00:00") if isinstance(stored_value, str) else stored_value


def test_views_of_the_user_upon_ours_come_through_there_and_back(
    empty_database_url: str, tmp_path: Path
) -> None:
    database = thawed("0009", empty_database_url, tmp_path)
    with database.writer.begin() as tx:
        tx.execute(sa.text("CREATE VIEW mine AS SELECT game_id, expected_at FROM latest_progress"))
        tx.execute(sa.text("CREATE INDEX targets_of_mine ON targets (source)"))
        before = everything(tx, "mine")
    upgrade_schema(database, LATER)
    with database.reading() as tx:
        assert len(everything(tx, "mine")) == len(before)
        assert "targets_of_mine" in {index["name"] for index in sa.inspect(tx).get_indexes("targets")}
    downgrade(database, "0009")
    with database.reading() as tx:
        assert len(everything(tx, "mine")) == len(before)
        assert "targets_of_mine" in {index["name"] for index in sa.inspect(tx).get_indexes("targets")}
    database.close()


def test_a_view_upon_gaps_goes_on_with_the_columns_it_had(empty_database_url: str, tmp_path: Path) -> None:
    database = thawed("0009", empty_database_url, tmp_path)
    with database.writer.begin() as tx:
        tx.execute(sa.text("CREATE VIEW mine AS SELECT title, started_at, ended_at FROM coverage_gaps"))
    upgrade_schema(database, LATER)
    with database.reading() as tx:
        assert len(everything(tx, "mine")) == len(everything(tx, "coverage_gaps")) == 12
    database.close()


REFUSED = {
    "targets_promised_seconds": "UPDATE targets SET promised_seconds = -1",
    "targets_failures": "UPDATE targets SET failures = -1",
    "targets_source": "UPDATE targets SET source = 'By Hand'",
    "account_polls_forward": "UPDATE account_polls SET last_seen_at = '2020-01-01 00:00:00.000'",
    "account_polls_poll_count": "UPDATE account_polls SET poll_count = 0",
    "play_sessions_started": "INSERT INTO play_sessions VALUES (1, 1, '2026-05-01 12:00:00.000', "
    "'2026-05-01 11:00:00.000', '2026-05-01 13:00:00.000', {yes}, {yes})",
    "play_sessions_forward": "INSERT INTO play_sessions VALUES (1, 1, '2026-05-01 12:00:00.000', "
    "'2026-05-01 12:00:00.000', '2026-05-01 11:00:00.000', {yes}, {yes})",
    "playtime_seconds": "INSERT INTO playtime VALUES (1, 1, '2026-05-01 12:00:00.000', -1, "
    "'2026-05-01 12:00:00.000')",
    "playtime_forward": "INSERT INTO playtime VALUES (1, 1, '2026-05-01 12:00:00.000', 1, "
    "'2026-05-01 11:00:00.000')",
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_the_database_refuses_a_row_that_no_version_writes(
    constraint: str, empty_database_url: str, tmp_path: Path
) -> None:
    database = thawed("0009", empty_database_url, tmp_path)
    upgrade_schema(database, LATER)
    assert_refused_by(database, constraint, REFUSED[constraint].format(yes="1" if database.path else "true"))
