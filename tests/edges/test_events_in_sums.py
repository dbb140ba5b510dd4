"""No sum counts an event or a hub: every one is the same with and without the rows of an event."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.tables import RESTORED, games, snapshots, targets, unlocks
from syncer.store.read.queries import Queries
from syncer.store.read.time_series import TimeSeriesQueries
from syncer.store.read.unlock_sums import unlock_sums
from tests.deltas import fill_deltas
from tests.grafana import Viewer
from tests.grafana import queries as board_queries
from tests.postgres import Server
from tests.sql_doc import DIALECTS

from .sql_facts import database_of_five_months
from .sql_parameters import QUERIES, parameters
from .sql_world import DAY, HOUR, NOW, START, Row
from .test_sql_docs import asked

EVENT, POINTS = 900, 7
BERLIN = ZoneInfo("Europe/Berlin")
READY = (
    *("points_per_day", "points_per_week", "points_per_month", "points_per_day_seen", "best_days"),
    *("streaks", "sessions", "year_in_review", "unlocks_per_console", "hours_of_play"),
)
VIEWS = ("daily_progress", "player_totals", "first_unlocks")
PANELS = {"Now", "Points", "Best days", "Points per day", "Years", "Points per week"}


def add_event(database: Database) -> None:
    """Let both players unlock something of an event every day at noon, and poll it as a followed game."""
    moments = [START.replace(hour=12) + n * DAY for n in range(150)]
    with database.writing() as tx:
        tx.execute(games.insert().values(id=EVENT, title="Event", console_name="Events", is_event=True))
        for player in (1, 2):
            target: Row = {"player_id": player, "game_id": EVENT, "source": "config", "added_at": START}
            target |= {"failures": 0, "promised_seconds": 900}
            tx.execute(targets.insert().values(**target))
            rows = [unlock(player, number, at) for number, at in enumerate(moments)]
            tx.execute(unlocks.insert(), rows)
            tx.execute(snapshots.insert(), [snapshot(player, n, moments) for n in range(len(moments))])
        fill_deltas(tx)


def unlock(player: int, number: int, at: Any) -> Row:
    row: Row = {"player_id": player, "achievement_id": 900_000 + number, "hardcore": True, "game_id": EVENT}
    row |= {"unlocked_at": at, "points": POINTS, "title": "Badge", "first_seen_at": at + HOUR}
    return row | {"gone_at": None, "source": "seen", "visible_after": None}


def snapshot(player: int, number: int, moments: list[Any]) -> Row:
    is_open = number == len(moments) - 1
    begin, end = moments[number], NOW if is_open else moments[number + 1]
    row: Row = {"id": 1_000_000 * player + number, "player_id": player, "game_id": EVENT}
    row |= {"first_seen_at": begin, "last_seen_at": end - HOUR}
    row |= {"poll_count": 9, "num_possible_achievements": 150, "possible_score": 150 * POINTS}
    for mode in ("", "_hardcore"):  # more than are stored
        row |= {f"num_achieved{mode}": 1000 + number, f"score_achieved{mode}": POINTS * (number + 1)}
    row |= dict.fromkeys(RESTORED, 0)
    row |= {"verdict": "changed" if number else "new", "after_gap": False, "is_open": is_open}
    return row | {"closed_at": None if is_open else end}


@pytest.fixture(scope="module")
def with_event(
    postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Database]]:
    file = tmp_path_factory.mktemp("event") / "syncer.db"
    urls = {"sqlite": f"sqlite:///{file}", "postgresql": postgres_server.create_database()}
    found = {dialect: database_of_five_months(url) for dialect, url in urls.items()}
    for database in found.values():
        add_event(database)
    yield found
    for database in found.values():
        database.close()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_sums_no_event(
    dialect: str, view: str, databases: dict[str, Database], with_event: dict[str, Database]
) -> None:
    found = []
    for database in (databases[dialect], with_event[dialect]):
        with database.reading() as tx:
            rows = tx.execute(sa.text(f"SELECT * FROM {view}")).all()  # noqa: S608
        found.append(sorted(map(str, rows)))
    assert found[0] == found[1] != []


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", READY)
def test_a_ready_query_sums_no_event(
    dialect: str, name: str, databases: dict[str, Database], with_event: dict[str, Database]
) -> None:
    seen = 0
    for values in parameters(name):
        before, after = (
            asked(made[dialect], dialect, QUERIES[name], values) for made in (databases, with_event)
        )
        assert before == after, values
        seen += len(before[1])
    assert seen


def finished(queries: Queries) -> Any:
    return queries.web.game_totals(1)


def observed_gains(queries: Queries) -> Any:
    return queries.daily.observed_gains(1, BERLIN, START, NOW)


def point_changes(queries: Queries) -> Any:
    return queries.daily.point_changes(1, BERLIN, START, NOW)


def points_unlocked(queries: Queries) -> Any:
    return queries.daily.unlocks(1, BERLIN, START, NOW), queries.daily.points_unlocked(1, BERLIN, NOW)


def curve(queries: Queries) -> Any:
    series: TimeSeriesQueries = queries.series
    return (
        series.totals_at(1, NOW),
        series.totals_at(1, START + 50 * DAY),
        series.score_changes(1, BERLIN, START, NOW),
    )


def account_totals(queries: Queries) -> Any:
    return queries.consistency.totals(1, timedelta(hours=1))


def missing_unlocks(queries: Queries) -> Any:
    return queries.diagnostics.backfill_size(1)[1]


READERS = (finished, observed_gains, point_changes, points_unlocked, curve, account_totals, missing_unlocks)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("read", READERS)
def test_a_page_a_curve_and_doctor_sum_no_event(
    dialect: str,
    read: Callable[[Queries], Any],
    databases: dict[str, Database],
    with_event: dict[str, Database],
) -> None:
    before, after = (read(Queries(found[dialect])) for found in (databases, with_event))
    assert before == after
    assert before is not None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_unlocks_of_an_event_hide_no_missing_points_of_the_profile(
    dialect: str, databases: dict[str, Database], with_event: dict[str, Database]
) -> None:
    without, with_one = (found[dialect] for found in (databases, with_event))
    with without.reading() as tx, with_one.reading() as other:
        before, after = unlock_sums(tx, 1), unlock_sums(other, 1)
    assert before is not None
    assert before.least.hardcore > 0
    assert before == after


def shown(database: Database, *, by_polls: bool) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the panels show that sum. `by_polls`: as for players whose unlocks are not read."""
    viewer = Viewer(START - 10 * DAY, NOW, {"player": "1", "game": "7"}, "Europe/Berlin", interval="7d")
    summing = [one for one in board_queries() if one.board == "overview" and one.title in PANELS]
    with database.writer.connect() as connection:  # rolled back at the end
        if by_polls:
            connection.execute(unlocks.delete())
        return {
            one.title: [tuple(row) for row in connection.exec_driver_sql(viewer.expand(one.sql))]
            for one in summing
        }


@pytest.mark.parametrize("by_polls", [False, True])
def test_the_panels_of_grafana_sum_no_event(
    by_polls: bool, databases: dict[str, Database], with_event: dict[str, Database]
) -> None:
    before, after = (shown(found["postgresql"], by_polls=by_polls) for found in (databases, with_event))
    assert before == after
    assert before.keys() == PANELS
    assert all(before.values())
