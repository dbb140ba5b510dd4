"""Each planted fault of the history is found by exactly one check, on both databases."""

import pytest
import sqlalchemy as sa

from syncer.store.db.account_tables import account_polls
from syncer.store.db.tables import snapshots, targets
from tests.deltas import FILL

from .doctor_assertions import assert_found, assert_healthy
from .doctor_faults import (
    HOURS,
    Row,
    deleted_account,
    execute,
    fault_during_sync,
    gaps_of_games,
    id_without_achievements,
    long_ago,
    now,
    overdue_for_hours,
    overlapping_snapshots,
    polled_hours_ago,
    reassigned_name,
    recent_outage,
    renamed_account,
    snapshots_out_of_order,
    sql,
    synced,
    updating,
)
from .simulated_site import Site, run_cli

HISTORY_FAULTS: dict[str, Row] = {
    "Retry-After in an earlier answer": (
        fault_during_sync("429_after_600"),
        *("request budget", "warn", 0, "the site asked for it"),
    ),
    "overdue targets": (overdue_for_hours(synced, 1, 2, 3), *("cadence", "fail", 69, "3 games of Tester")),
    "an account that is not polled": (
        updating(lambda: account_polls.update().values(first_seen_at=long_ago(), last_seen_at=long_ago())),
        *("cadence", "fail", 69, "Tester was not polled since 20"),
    ),
    "too few runs": (
        updating(lambda: targets.update().values(added_at=now() - 24 * HOURS)),
        *("cadence", "warn", 0, "1 run in 24 h, 96 were promised"),
    ),
    "too few runs in little more than an hour": (
        updating(lambda: targets.update().values(added_at=now() - 1.195 * HOURS)),
        *("cadence", "warn", 0, "1 run in 72 min, 5 were promised"),
    ),
    "a recent gap": (recent_outage, "gaps", "warn", 0, "1 gap of Tester"),
    "a recent gap of single games": (gaps_of_games, "gaps", "warn", 0, "2 games of Tester had gaps"),
    "times in the future": (
        updating(lambda: snapshots.update().values(last_seen_at=now() + 3 * HOURS)),
        *("future times", "warn", 0, "4 games were polled in the future, by a fast clock: 20"),
    ),
    "a failing target": (
        fault_during_sync("500_with_id:3"),
        *("targets", "warn", 0, "no answer about game 3"),
    ),
    "a target that has been failing for hours": (
        overdue_for_hours(fault_during_sync("500_with_id:3"), 3),
        *("targets", "warn", 0, "no answer about game 3"),
    ),
    "suspect answers": (
        fault_during_sync("zeros"),
        *("suspect answers", "warn", 0, "about games 1, 2, 3"),
    ),
    "suspect answers for hours": (
        overdue_for_hours(fault_during_sync("zeros"), 1, 2, 3, 4),
        *("suspect answers", "warn", 0, "about games 1, 2, 3"),
    ),
    "an id without achievements": (id_without_achievements, "targets", "warn", 0, "game 999999"),
    "a deleted account": (deleted_account, "players", "warn", 0, "Moss no longer exists"),
    "a name that no player has": (renamed_account, "players", "warn", 0, "no player has the name Middle"),
    "a reassigned name": (reassigned_name, "players", "warn", 0, "another player"),
    "overlapping snapshots": (overlapping_snapshots, "integrity", "fail", 65, "1 overlapping snapshots"),
    "snapshots out of order": (
        snapshots_out_of_order,
        *("integrity", "fail", 65, "1 snapshots out of order"),
    ),
    "snapshots without a target": (
        sql("DELETE FROM targets WHERE game_id = 4"),
        *("integrity", "fail", 65, "1 snapshots without a target"),
    ),
    "a missing view": (
        sql("DROP VIEW coverage_gaps"),
        *("integrity", "fail", 65, "coverage_gaps is missing"),
    ),
    "a missing table": (
        sql("DROP TABLE rejections"),
        *("integrity", "fail", 65, "rejections is missing"),
    ),
    "a newer schema": (
        sql("UPDATE alembic_version SET version_num = '0999'"),
        *("schema", "fail", 78, "revision 0999"),
    ),
}


def test_a_history_without_a_planted_fault_is_healthy(each_site: Site) -> None:
    assert_healthy(synced(each_site))


@pytest.mark.parametrize("fault", HISTORY_FAULTS)
def test_a_fault_of_the_history_is_found(each_site: Site, fault: str) -> None:
    plant, *expected = HISTORY_FAULTS[fault]
    plant(synced(each_site))
    assert_found(each_site, *expected)  # type: ignore[arg-type]


COPY_SNAPSHOTS = {  # {columns} and {values} are filled in by lengthen
    "sqlite": """
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 15000),
        times AS (SELECT s.*, n, strftime('%Y-%m-%d %H:%M:%f', s.first_seen_at,
                                          (-10 * (15001 - n)) || ' minutes') AS earlier,
                         strftime('%Y-%m-%d %H:%M:%f', s.first_seen_at,
                                  (-10 * (15000 - n)) || ' minutes') AS later
                  FROM snapshots s, n)
        INSERT INTO snapshots ({columns})
        SELECT 4 * n + s.id - 1000000, earlier, earlier, later, false, {values} FROM times s""",
    "postgresql": """
        INSERT INTO snapshots ({columns})
        SELECT 4 * n + s.id - 1000000, s.first_seen_at - (15001 - n) * interval '10 minutes',
               s.first_seen_at - (15001 - n) * interval '10 minutes',
               s.first_seen_at - (15000 - n) * interval '10 minutes', false, {values}
        FROM snapshots s, generate_series(1, 15000) AS n""",
}


def lengthen(site: Site) -> None:
    """Add 15,000 older snapshots to each of the four games, ten minutes apart."""
    replaced = ("id", "first_seen_at", "last_seen_at", "closed_at", "is_open")
    copied = [c.name for c in snapshots.columns if c.name not in replaced]
    statement = COPY_SNAPSHOTS[site.url.partition(":")[0]]
    columns, values = ", ".join([*replaced, *copied]), ", ".join(f"s.{name}" for name in copied)
    execute(
        site,
        sa.text("UPDATE snapshots SET id = id + 1000000"),
        sa.text(statement.replace("{columns}", columns).replace("{values}", values)),
        FILL,
    )


def test_a_long_history_is_checked_completely(each_site: Site) -> None:
    lengthen(synced(each_site))
    assert_healthy(each_site)
    execute(each_site, overlap_far_back())
    assert_found(each_site, "integrity", "fail", 65, "1 overlapping snapshots")


def overlap_far_back() -> sa.Executable:
    following = snapshots.alias()
    next_start = sa.select(following.c.first_seen_at).where(following.c.id == 40_004).scalar_subquery()
    return snapshots.update().where(snapshots.c.id == 40_000).values(last_seen_at=next_start)


def test_gaps_are_those_of_the_account_and_with_targets_those_of_games(each_site: Site) -> None:
    earlier = snapshots.update().where(snapshots.c.game_id == 4)
    earlier = earlier.values(first_seen_at=now() - 9 * HOURS, last_seen_at=now() - 8 * HOURS)
    execute(synced(each_site), *polled_hours_ago(), earlier)
    assert [row[-3:] for row in gap_rows(each_site)] == [["now", "4", "h"]]
    assert [row[-3:] for row in gap_rows(each_site, "--targets")] == [["now", "8", "h"], ["now", "4", "h"]]
    health = run_cli(each_site, "health")
    assert (health.code, health.err) == (69, "To find the cause: syncer doctor\n")
    assert run_cli(each_site, "sync").code == 0
    assert [row[-2:] for row in gap_rows(each_site)] == [["4", "h"]]
    assert [row[1:3] for row in gap_rows(each_site, "--targets")] == [["Game", "4"], ["3", "games"]]
    (of_account,) = run_cli(each_site, "gaps", "--json").document["gaps"]
    assert [of_account[name] for name in ("scope", "game_id", "title")] == ["account", None, None]
    of_games = run_cli(each_site, "gaps", "--targets", "--json").document["gaps"]
    assert [(gap["scope"], gap["game_id"]) for gap in of_games] == [("target", n) for n in (4, 1, 2, 3)]
    assert of_games[1].keys() == of_account.keys()
    assert ", 1 gap" in run_cli(each_site, "status").out
    assert run_cli(each_site, "status", "--json").document["players"][0]["gaps"] == 1
    assert_found(each_site, "gaps", "warn", 0, "1 gap of Tester")


def test_at_says_whether_the_account_was_polled_then(each_site: Site) -> None:
    execute(
        synced(each_site),
        *polled_hours_ago(),
        targets.update().values(promised_seconds=86_400),  # so rarely that no game has a gap
    )
    each_site.earn(1)
    assert run_cli(each_site, "sync").code == 0
    for ago, coverage, account_gap in (("2h", "between", True), ("270m", "known", False)):
        rows = run_cli(each_site, "at", ago, "--json").document["targets"]
        assert {row["account_gap"] for row in rows} == {account_gap}, ago
        assert [row["coverage"] for row in rows] == [coverage, "known", "known", "known"], ago
        headline = run_cli(each_site, "at", ago).out.splitlines()[0]
        assert ("(in a gap, not polled then: Tester):" in headline) is account_gap


def gap_rows(site: Site, *options: str) -> list[list[str]]:
    return [line.split() for line in run_cli(site, "gaps", *options).out.splitlines()[1:]]
