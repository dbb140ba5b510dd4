"""Migration 0007 keeps every unlock, award and total of the account: what it moves and what it refuses."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from tests.fixtures.thaw import assert_refused_by, downgrade, stored, thawed

from .test_migration_0006 import LATER, everything


@pytest.fixture
def upgraded(empty_database_url: str, tmp_path: Path) -> Database:
    database = thawed("0006", empty_database_url, tmp_path)
    upgrade_schema(database, LATER)
    return database


def test_awards_and_totals_move_with_their_dates(empty_database_url: str, tmp_path: Path) -> None:
    database = thawed("0006", empty_database_url, tmp_path)
    before = stored(database)
    upgrade_schema(database, LATER)
    after = stored(database)
    players = {row["id"]: row for row in before["players"]}
    wanted = {(t["player_id"], t["game_id"], t["award_kind"], t["award_at"]) for t in before["targets"]}
    synced = {(row["player_id"], row["game_id"]): players[row["player_id"]] for row in after["awards"]}
    found = {
        (a["player_id"], a["game_id"], a["kind"], None if is_undated(a) else a["awarded_at"])
        for a in after["awards"]
    }
    assert found == {award for award in wanted if award[2]}
    assert {a["kind"] for a in after["awards"]} == {"completed", "beaten-softcore"}
    for row in after["awards"]:
        assert row["first_seen_at"] == synced[row["player_id"], row["game_id"]]["library_synced_at"]
        assert (row["missing_since"], row["gone_at"]) == (None, None)
    totals = {(r["player_id"], r["measure"]): r for r in after["account_snapshots"]}
    assert {key: row["value"] for key, row in totals.items()} == {
        (2, "hardcore_points"): 900,
        (2, "softcore_points"): 56,
        (3, "hardcore_points"): 1234,
        (3, "softcore_points"): 56,
    }
    rook = totals[3, "hardcore_points"]
    assert rook["first_seen_at"] == rook["last_seen_at"] == players[3]["profile_checked_at"]
    moss = totals[2, "hardcore_points"]  # gone since: the last profile that answered counts
    assert moss["last_seen_at"] == max(
        n["last_seen_at"] for n in before["player_names"] if n["player_id"] == 2
    )
    assert moss["last_seen_at"] < players[2]["profile_checked_at"]
    assert check(database) == []
    database.close()


def is_undated(award: dict[str, Any]) -> bool:
    return bool(award["awarded_at"] == award["first_seen_at"])


def test_a_downgrade_keeps_one_row_of_each_unlock_and_the_highest_award(upgraded: Database) -> None:
    again = """INSERT INTO unlocks (player_id, achievement_id, hardcore, unlocked_at, game_id, points, title,
        first_seen_at, gone_at, source) SELECT player_id, achievement_id, hardcore, {}, game_id,
        points, title, first_seen_at, {}, source FROM unlocks WHERE achievement_id = {} AND {}"""
    award = """INSERT INTO awards (player_id, game_id, kind, awarded_at, first_seen_at)
        VALUES (1, 2, 'mastered', '2026-05-09 00:00:00.000+00', '2026-05-10 00:00:00.000+00'),
               (1, 2, 'legend', '2026-05-08 00:00:00.000+00', '2026-05-10 00:00:00.000+00')"""
    moment = "'{} 00:00:00.000" + ("'" if upgraded.path else "+00'")
    with upgraded.writer.begin() as tx:
        for day, gone, achievement, mode in ((1, 3, 21, "hardcore"), (2, 4, 22, "NOT hardcore")):
            earned_at, gone_at = (moment.format(f"2026-04-0{n}") for n in (day, gone))
            tx.execute(sa.text(again.format(earned_at, gone_at, achievement, mode)))
        tx.execute(sa.text(award if upgraded.path is None else award.replace("+00'", "'")))
    before = {(u["achievement_id"], u["hardcore"], u["gone_at"] is None) for u in stored(upgraded)["unlocks"]}
    assert len(stored(upgraded)["unlocks"]) == 5
    downgrade(upgraded, "0006")
    after = stored(upgraded)
    rows = {(u["achievement_id"], bool(u["hardcore"])): u for u in after["unlocks"]}
    assert len(after["unlocks"]) == len(rows) == 3
    assert (21, True, True) in before
    assert rows[21, True]["gone_at"] is None
    assert str(rows[22, False]["unlocked_at"])[:10] == "2026-05-01"  # of two that are gone, the later one
    (target,) = (t for t in after["targets"] if (t["player_id"], t["game_id"]) == (1, 2))
    assert (target["award_kind"], str(target["award_at"])[:10]) == ("mastered", "2026-05-09")
    upgraded.close()


REFUSED = {
    "unlocks_points": "UPDATE unlocks SET points = -1",
    "unlocks_source": "UPDATE unlocks SET source = 'By hand'",
    "account_snapshots_value": "UPDATE account_snapshots SET value = -1",
    "account_snapshots_measure": "UPDATE account_snapshots SET measure = 'Points!'",
    "account_snapshots_closed": "UPDATE account_snapshots SET is_open = false",
    "account_snapshots_poll_count": "UPDATE account_snapshots SET poll_count = 0",
    "player_jobs_kind": "INSERT INTO player_jobs (player_id, kind, pending) VALUES (1, 'No kind', 0)",
    "player_jobs_pending": "INSERT INTO player_jobs (player_id, kind, pending) VALUES (1, 'probe', -1)",
}
REFUSED_ON_SQLITE = {
    "unlocks_hardcore": "UPDATE unlocks SET hardcore = 2",
    "unlocks_unlocked_at": "UPDATE unlocks SET unlocked_at = '2026-05-01T00:00:00Z'",
    "unlocks_visible_after": "UPDATE unlocks SET visible_after = 'yesterday'",
    "awards_gone_at": "UPDATE awards SET gone_at = 'now'",
    "account_snapshots_first_seen_at": "UPDATE account_snapshots SET first_seen_at = '2026'",
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_a_value_that_no_version_writes_is_refused(upgraded: Database, constraint: str) -> None:
    assert_refused_by(upgraded, constraint, REFUSED[constraint])


@pytest.mark.parametrize("constraint", REFUSED_ON_SQLITE)
def test_sqlite_refuses_what_its_types_would_take(tmp_path: Path, constraint: str) -> None:
    database = thawed("0006", "sqlite", tmp_path)
    upgrade_schema(database, LATER)
    assert_refused_by(database, constraint, REFUSED_ON_SQLITE[constraint])


def test_an_achievement_has_one_current_row_in_each_mode(upgraded: Database) -> None:
    second = """INSERT INTO unlocks (player_id, achievement_id, hardcore, unlocked_at, game_id, points, title,
        first_seen_at, gone_at, source) SELECT player_id, achievement_id, hardcore, first_seen_at, game_id,
        points, title, first_seen_at, NULL, source FROM unlocks WHERE gone_at IS NULL"""
    with upgraded.writer.begin() as tx:
        moved = "2026-04-01 00:00:00.000" + ("" if upgraded.path else "+00")
        tx.execute(sa.text(f"UPDATE unlocks SET unlocked_at = '{moved}'"))  # noqa: S608
    with pytest.raises(IntegrityError), upgraded.writer.begin() as tx:
        tx.execute(sa.text(second))
    upgraded.close()


def test_views_and_indexes_of_the_user_come_through(empty_database_url: str, tmp_path: Path) -> None:
    database = thawed("0006", empty_database_url, tmp_path)
    with database.writer.begin() as tx:
        tx.execute(sa.text("CREATE VIEW mine AS SELECT achievement_id, points FROM first_unlocks"))
        tx.execute(sa.text("CREATE VIEW ours AS SELECT game_id, percent FROM latest_progress"))
        tx.execute(sa.text("CREATE INDEX my_index ON unlocks (title)"))
        before = {name: everything(tx, name) for name in ("mine", "ours")}
    upgrade_schema(database, LATER)
    with database.reading() as tx:
        assert {name: everything(tx, name) for name in before} == before
        assert "my_index" in {index["name"] for index in sa.inspect(tx).get_indexes("unlocks")}
    assert before["mine"]
    database.close()


def test_an_unlock_is_backdated_if_it_was_not_visible_an_hour_after_its_date(upgraded: Database) -> None:
    cases = {"2026-05-01 12:00:00.001": True, "2026-05-01 12:00:00.000": False, None: False}
    zone = "" if upgraded.path else "+00"
    for visible_after, backdated in cases.items():
        value = f"'{visible_after}{zone}'" if visible_after else "NULL"
        with upgraded.writer.begin() as tx:
            text = (
                f"UPDATE unlocks SET unlocked_at = '2026-05-01 11:00:00.000{zone}', visible_after = {value}"  # noqa: S608
            )
            tx.execute(sa.text(text + " WHERE achievement_id = 21 AND NOT hardcore"))
            found = tx.execute(sa.text("SELECT is_backdated FROM first_unlocks WHERE achievement_id = 21"))
            assert [bool(row.is_backdated) for row in found] == [backdated]
    upgraded.close()


def test_the_accounts_history_has_all_measures_at_each_change(upgraded: Database) -> None:
    zone = "" if upgraded.path else "+00"
    rows = (  # measure, day it began, value, whether it is open
        ("retro_points", 2, 70, False, True),
        ("retro_points", 4, 70, True, False),
        ("rank", 4, None, True, False),
    )
    with upgraded.writer.begin() as tx:
        tx.execute(sa.text("DELETE FROM account_snapshots WHERE player_id = 2"))
        for measure, day, value, is_open, after_gap in rows:
            at = f"'2026-06-0{day} 00:00:00.000{zone}'"
            number = "NULL" if value is None else value
            tx.execute(
                sa.text(
                    "INSERT INTO account_snapshots (player_id, measure, first_seen_at, last_seen_at,"  # noqa: S608
                    " poll_count, value, promised_seconds, after_gap, is_open, closed_at) VALUES"
                    f" (3, '{measure}', {at}, {at}, 1, {number}, 9, {after_gap}, {is_open},"
                    f" {'NULL' if is_open else at})"
                )
            )
        query = "SELECT hardcore_points, softcore_points, retro_points, rank, after_gap FROM account_history"
        found = [
            tuple(row) for row in tx.execute(sa.text(query + " WHERE player_id = 3 ORDER BY changed_at"))
        ]
    assert found == [
        (1234, 56, None, None, False),
        (1234, 56, 70, None, True),
        (1234, 56, 70, None, False),  # a value of null began; the equal value after a gap is no change
    ]
    upgraded.close()
