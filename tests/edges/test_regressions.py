"""What they found who tried to break it: two writers at once, wrong clocks and logins, odd files."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import (
    DatabaseCorrupt,
    DatabaseIncompatible,
    SiteUnavailable,
    StoreError,
    WriterLockHeld,
)
from syncer.core.model.decision import Verdict
from syncer.core.model.progress import Progress, ProgressResponse
from syncer.core.model.run import RunOutcome
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ratelimit.budget import RateLimits, reserve_slot
from syncer.core.sync.validation import PollContext, validate_batch
from syncer.run.lock import WriterLock, application_name
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, require_current
from syncer.store.request_budget import SqlBudgetStore
from syncer.store.write.runs import RunWriter
from tests.postgres import Server

from .harness import SyncHarness

QUARTER = timedelta(minutes=15)
ONE, TWO, NONE = Progress(4, 90, 1, 5, 0, 0), Progress(4, 90, 2, 15, 0, 0), Progress(0, 0, 0, 0, 0, 0)
clock = SystemClock()


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1,))
    made.url = database_url  # type: ignore[attr-defined]
    made.poll()
    made.clock.pass_by(900)
    yield made
    assert check(made.database) == []
    made.close()


def at_once(home: SyncHarness, first: Progress, second: Progress) -> list[Verdict]:
    """The second recorder begins while the first holds the target, and waits for it."""
    now, verdicts = home.clock.now(), dict[str, Verdict]()
    other = Database(home.url)  # type: ignore[attr-defined]
    player = home.writers.players.find_player("Tester", None)
    assert player
    inside, go = threading.Event(), threading.Event()

    def record(name: str, runs: RunWriter, returned: Progress, at: datetime, pause: bool) -> None:
        run = runs.open_run(None, name, now)
        with runs.batch(run, 1, player, [1]) as work:
            if pause:
                inside.set()
                go.wait(10)
            context = PollContext(at, now, IntervalSchedule(QUARTER), 2 * QUARTER)
            decision = validate_batch(work.states, ProgressResponse({1: returned}), context)
            work.save(decision)
        verdicts[name] = decision.decisions[0].verdict

    jobs = [
        threading.Thread(target=record, args=("a", home.writers.runs, first, now, True)),
        threading.Thread(
            target=record, args=("b", RunWriter(other), second, now + timedelta(seconds=1), False)
        ),
    ]
    jobs[0].start()
    assert inside.wait(10)
    jobs[1].start()
    clock.wait(0.5)
    go.set()
    for job in jobs:
        job.join(20)
    other.close()
    return [verdicts["a"], verdicts["b"]]


def test_of_two_writers_the_second_judges_by_what_the_first_has_stored(home: SyncHarness) -> None:
    assert at_once(home, ONE, TWO) == [Verdict.CHANGED, Verdict.CHANGED]
    assert [row["num_achieved"] for row in home.history(1)] == [0, 1, 2]


def test_of_two_writers_a_good_look_ends_the_suspicion_that_the_second_would_confirm(
    home: SyncHarness,
) -> None:
    home.source.fault = lambda games: dict.fromkeys(games, NONE)
    home.poll()
    home.source.fault = None
    home.clock.pass_by(660)
    assert at_once(home, Progress(4, 90, 0, 0, 0, 0), NONE) == [Verdict.SAME, Verdict.SUSPECT]


@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(seconds=50)])
def test_a_suspicion_stamped_ahead_is_ended_by_a_good_look_all_the_same(
    home: SyncHarness, ahead: timedelta
) -> None:
    home.clock.moment += ahead
    home.source.fault = lambda games: dict.fromkeys(games, NONE)
    home.poll()
    home.source.fault = None
    home.clock.moment -= ahead
    home.poll()
    home.source.fault = lambda games: dict.fromkeys(games, NONE)
    home.clock.pass_by(ahead.total_seconds() + 1800)
    home.poll()
    assert home.kinds(1) == ["baseline"]


def test_equal_pages_with_good_looks_between_are_two_series(home: SyncHarness) -> None:
    for _ in range(2):
        home.source.failure = SiteUnavailable("a web page instead of data", raw="<html>")
        home.poll()
        home.source.failure = None
        home.clock.pass_by(86400)
        home.poll()
    with home.database.reading() as tx:
        rows = tx.execute(sa.text("SELECT poll_count, ended_at FROM rejections WHERE game_id IS NULL")).all()
    assert [row.poll_count for row in rows] == [1, 1]
    assert all(row.ended_at for row in rows)


# The lock on PostgreSQL


def test_players_who_find_the_lock_lost_all_have_it_again(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    database = Database(url, application=application_name())
    lock = WriterLock(database, clock)
    for _ in range(3):
        lock.acquire() if not lock._lock.is_held() else None
        postgres_server.terminate_connections(url)
        errors: list[BaseException] = []

        def reacquire(errors: list[BaseException] = errors) -> None:
            try:
                lock.reacquire()
            except BaseException as error:
                errors.append(error)

        jobs = [threading.Thread(target=reacquire) for _ in range(5)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join(20)
        assert errors == []
    lock.release()
    database.close()


def test_a_connection_that_only_the_server_believes_in_is_ended(postgres_url: str) -> None:
    database = Database(postgres_url, application=application_name())
    lock = WriterLock(database, clock)
    lock.acquire()
    lost, lock._lock._connection = lock._lock._connection, None  # type: ignore[union-attr]
    lock.reacquire()
    assert lock._lock.is_held()
    lost.invalidate()
    lock.release()
    database.close()


def test_the_holder_is_the_one_of_this_database(postgres_server: Server) -> None:
    ours, theirs = (Database(postgres_server.create_database(), application=name) for name in ("us", "them"))
    locks = [WriterLock(ours, clock), WriterLock(theirs, clock)]
    for lock in locks:
        lock.acquire()
    second = Database(ours.url.render_as_string(hide_password=False), application="second")
    with pytest.raises(WriterLockHeld, match="us, since"):
        WriterLock(second, clock).acquire()
    for lock in locks:
        lock.release()
    for database in (ours, theirs, second):
        database.close()


# What PostgreSQL refuses


def role(server: Server, url: str, rights: str) -> Database:
    """A login of its own, on a database that is ready."""
    admin = Database(url)
    upgrade(admin, clock.now())
    admin.close()
    name = f"guest_{abs(hash(url + rights)) % 10**9}"
    server.execute(f"CREATE ROLE {name} LOGIN")
    server.execute(rights.format(name=name), database=url.partition("@/")[2].partition("?")[0])
    return Database(url.replace("tester@", f"{name}@"))


def test_a_login_without_rights_is_refused_with_a_sentence(postgres_server: Server) -> None:
    database = role(postgres_server, postgres_server.create_database(), "SELECT 1")
    with pytest.raises(DatabaseIncompatible, match="may not"):
        require_current(database)
    database.close()


def test_a_server_that_only_reads_is_tried_again(postgres_server: Server) -> None:
    rights = "GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}; "
    rights += "ALTER ROLE {name} SET default_transaction_read_only = on"
    database = role(postgres_server, postgres_server.create_database(), rights)
    with pytest.raises(StoreError) as failed:
        RunWriter(database).open_run(None, "test", clock.now())
    assert failed.value.exit_code == 69
    database.close()


def test_asking_writes_nothing_on_postgres(postgres_url: str) -> None:
    database = Database(postgres_url)
    upgrade(database, clock.now())
    with pytest.raises(StoreError), database.reading() as tx:
        tx.execute(sa.text("DELETE FROM players"))
    database.close()


@pytest.mark.parametrize("name", ["nobody_of_that_name"])
def test_an_unknown_login_is_a_configuration_error(postgres_url: str, name: str) -> None:
    database = Database(postgres_url.replace("tester@", f"{name}@"))
    with pytest.raises(DatabaseIncompatible):
        current(database)
    database.close()


# The budget's file


def test_a_damaged_budget_is_set_aside_and_the_history_goes_on(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    upgrade(database, clock.now())
    (tmp_path / "syncer.db-budget").write_bytes(b"no database" * 500)
    budget = SqlBudgetStore(database, "k", clock.now)
    assert budget.read().next_free_at is None
    budget.apply(reserve_slot(RateLimits()))
    assert budget.read().next_free_at is not None
    assert (tmp_path / "syncer.db-budget.damaged").exists()
    assert check(database) == []
    database.close()


def test_a_budget_of_another_shape_is_made_anew(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    with database.budgets.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE budgets (key_fingerprint TEXT PRIMARY KEY)")
    budget = SqlBudgetStore(database, "k", clock.now)
    assert budget.read().next_free_at is None
    budget.apply(reserve_slot(RateLimits()))
    assert budget.read().next_free_at is not None
    database.close()


def test_a_link_to_the_database_is_the_same_database(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "syncer.db")
    assert Database(f"sqlite:///{tmp_path / 'link.db'}").path == tmp_path / "syncer.db"


def test_a_name_is_bound_to_one_player_at_most(home: SyncHarness) -> None:
    """First by name, then the same name with another ULID, then by name again."""
    other = home.world.add_account("Other", "o" * 32)
    who = replace(home.syncer.tracked, username="Tester", ulid=other.ulid)
    assert replace(home.syncer, tracked=who).run_once("test")
    found = home.writers.players.find_player("Tester", None)
    assert found
    assert found.ulid == other.ulid
    assert home.poll().outcome is RunOutcome.OK


def test_options_in_the_address_are_kept(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    postgres_server.execute("CREATE SCHEMA ra", database=url.partition("@/")[2].partition("?")[0])
    database = Database(f"{url}&options=-csearch_path%3Dra")
    upgrade(database, clock.now())
    with database.reading() as tx:
        found = tx.execute(
            sa.text("SELECT schemaname FROM pg_tables WHERE tablename = 'snapshots'")
        ).scalars()
        assert list(found) == ["ra"]
    database.close()


def test_a_database_that_was_there_and_is_not_has_vanished(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    database = Database(url)
    upgrade(database, clock.now())
    database.close()
    name = url.partition("@/")[2].partition("?")[0]
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    with pytest.raises(DatabaseCorrupt, match="vanished"), database.reading():
        pass
    with pytest.raises(DatabaseCorrupt, match="vanished"):
        WriterLock(database, clock).acquire()
    postgres_server.execute(f"CREATE DATABASE {name}")  # an empty one in its place
    with pytest.raises(DatabaseCorrupt, match="without our tables"):
        RunWriter(database).open_run(None, "test", clock.now())
    database.close()


def test_a_creation_that_was_cut_short_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "syncer.db"
    (tmp_path / "syncer.db-new").write_bytes(b"half")
    (tmp_path / "syncer.db-new-wal").write_bytes(b"half")
    database = Database(f"sqlite:///{path}")
    upgrade(database, clock.now())
    assert check(database) == []
    assert not (tmp_path / "syncer.db-new").exists()
    database.close()


def test_a_file_is_not_made_by_writing_to_where_none_is(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    with pytest.raises(StoreError):
        RunWriter(database).open_run(None, "test", clock.now())
    assert not (tmp_path / "syncer.db").exists()
    database.close()


def test_a_database_without_tables_has_no_budget_to_read(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseIncompatible, match="no tables"):
        SqlBudgetStore(database, "k", clock.now).read()
    database.close()


def test_an_option_that_nobody_knows_is_a_configuration_error(postgres_url: str) -> None:
    database = Database(f"{postgres_url}&nonsense=1")
    with pytest.raises(DatabaseIncompatible, match="nonsense"):
        current(database)
    database.close()
