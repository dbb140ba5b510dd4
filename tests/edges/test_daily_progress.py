"""The view of days: only what changed on a day counts, resumed snapshots do not."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.tables import RESTORED, snapshots
from syncer.store.db.views import daily_progress
from tests.fixtures.thaw import downgrade
from tests.sql_doc import queries

from .harness import START, SyncHarness
from .sql_answer_tools import changes
from .sql_parameters import FACTS

DAY = timedelta(days=1)
SUMS = {
    "achievements": "num_achieved",
    "points": "score_achieved",
    "hardcore_achievements": "num_achieved_hardcore",
    "hardcore_points": "score_achieved_hardcore",
}
BY_THE_SITE = ("gone", "returned", "reweighted")


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1, 2))
    made.poll()
    yield made
    made.close()


def poll_after(home: SyncHarness, passed: timedelta) -> None:
    home.clock.pass_by(passed.total_seconds())
    home.poll()


def days(home: SyncHarness) -> list[tuple[Any, ...]]:
    d = daily_progress.c
    query = sa.select(d.day, d.achievements_gained, d.after_gap).order_by(d.day)
    with home.database.reading() as tx:
        return [(row.day, row.achievements_gained, bool(row.after_gap)) for row in tx.execute(query)]


def test_a_day_of_resumed_snapshots_alone_has_no_row(home: SyncHarness) -> None:
    poll_after(home, DAY)
    assert home.kinds(1) == home.kinds(2) == ["baseline", "resumed*"]
    assert days(home) == []


def test_a_resumed_snapshot_of_another_game_does_not_mark_a_day_as_after_a_gap(home: SyncHarness) -> None:
    poll_after(home, DAY)
    home.world.earn("Tester", 1, 1, home.clock.now())
    poll_after(home, timedelta(minutes=15))
    assert home.kinds(1) == ["baseline", "resumed*", "unlock"]
    assert days(home) == [(START.date() + DAY, 1, False)]


def test_a_change_that_was_seen_after_a_gap_marks_its_day(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 1, home.clock.now())
    poll_after(home, DAY)
    assert (home.kinds(1)[1:], home.kinds(2)[1:]) == (["unlock*"], ["resumed*"])
    assert days(home) == [(START.date() + DAY, 1, True)]


def test_a_downgrade_brings_the_former_view_back_and_an_upgrade_the_new_one(home: SyncHarness) -> None:
    poll_after(home, DAY)
    downgrade(home.database, "0007")
    assert days(home) == [(START.date() + DAY, 0, True)]
    upgrade_schema(home.database, home.clock.now())
    assert days(home) == []


def test_the_ready_query_counts_a_loss_whose_restoration_is_not_decided_as_the_view_does(
    home: SyncHarness,
) -> None:
    """A fall beside a rise, as of achievements and in hardcore, waits for the unlocks."""
    home.world.earn("Tester", 1, 2, home.clock.now())
    poll_after(home, timedelta(minutes=15))
    home.world.reset_game("Tester", 1)
    poll_after(home, timedelta(minutes=15))
    dialect = "sqlite" if home.database.path else "postgresql"
    values = {"player": home.tracked.id, "since": "2026-01-01", "until": "2027-01-01"}
    zone = {"zone": "+00:00" if dialect == "sqlite" else "UTC"}
    with home.database.writing() as tx:
        tx.execute(snapshots.update().values(dict.fromkeys(RESTORED)).where(snapshots.c.num_achieved == 0))
        (seen,) = tx.execute(sa.text(queries()["points_per_day_seen"].sql[dialect]), values | zone).all()
        (day,) = tx.execute(sa.select(daily_progress.c.points_gained, daily_progress.c.points_lost)).all()
    assert seen[1:] == tuple(day)
    assert seen.lost == seen.gained > 0


@pytest.mark.parametrize("player", [1, 2])
def test_it_answers_what_plain_python_answers_about_five_months(
    databases: dict[str, Database], player: int
) -> None:
    wanted = {day: row for day, row in sorted(by_day(player).items())}
    d = daily_progress.c
    for database in databases.values():
        with database.reading() as tx:
            found = tx.execute(sa.select(daily_progress).where(d.player_id == player).order_by(d.day))
            rows = {row["day"]: dict(row) for row in found.mappings()}
        assert list(rows) == list(wanted)
        for day, row in wanted.items():
            assert {name: rows[day][name] for name in row} == row, day


def by_day(player: int) -> dict[date, dict[str, int]]:
    names = [f"{name}_{way}" for name in SUMS for way in ("gained", "lost", "adjusted")]
    found: dict[date, dict[str, int]] = defaultdict(lambda: dict.fromkeys((*names, "after_gap"), 0))
    for kind, before, row in changes(FACTS, player):
        if before is None or kind == "resumed":
            continue
        day = found[row["first_seen_at"].astimezone(UTC).date()]
        day["after_gap"] |= row["after_gap"]
        for name, column in SUMS.items():
            delta = row[column] - before[column]
            way = "adjusted" if kind in BY_THE_SITE else "gained" if delta > 0 else "lost"
            day[f"{name}_{way}"] += delta if way == "adjusted" else abs(delta)
    return found
