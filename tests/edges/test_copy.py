"""A history moves to another database whole and equal, or not at all."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible
from syncer.store.admin.copy import copy, copy_rows
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import current
from syncer.store.db.streaming import TableChecksum
from syncer.store.db.tables import games, players, snapshots
from tests.postgres import Server

from .harness import START, SyncHarness
from .many_players import all_checksums, cleared, create_long_history

LATER = START + timedelta(days=1)


def quietly(done: int, total: int) -> None:
    assert 0 < done <= total


@pytest.fixture
def other_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The other kind of database, empty."""
    if database_url.startswith("sqlite"):
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite:///{tmp_path / 'other.db'}"


def recorded(url: str) -> SyncHarness:
    home = SyncHarness(url)
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.source.fault = lambda found: {game: seen for game, seen in found.items() if game != 3}
    home.clock.pass_by(7200)
    home.poll()
    home.source.fault = None
    return home


def test_a_copy_is_equal_sound_and_goes_on(database_url: str, other_url: str) -> None:
    home, target = recorded(database_url), Database(other_url)
    found = copy(home.database, target, quietly)
    assert found == all_checksums(home.database) == all_checksums(target)
    assert found["rejections"].rows == 1
    assert check(target) == []
    target.close()
    moved = SyncHarness(other_url)  # recording goes on in the copy
    moved.world, moved.source.world = home.world, home.world
    moved.clock.pass_by((home.clock.moment - moved.clock.moment).total_seconds() + 900)
    moved.world.earn("Tester", 2, 1, moved.clock.now())
    report = moved.poll()
    assert (report.exit_code, report.snapshots_added) == (0, 2)  # game 3 is seen again
    assert moved.kinds(2) == ["baseline", "resumed*", "unlock"]
    moved.close()
    home.close()


def there_and_back(server: Server, folder: Path, count: int) -> dict[str, TableChecksum]:
    small, large = (
        create_long_history(f"sqlite:///{folder / 'a.db'}", count),
        Database(server.create_database()),
    )
    back = Database(f"sqlite:///{folder / 'b.db'}")
    copy(small, large, quietly)
    found = copy(large, back, quietly)
    assert all_checksums(small) == all_checksums(large) == all_checksums(back) == found
    for database in (small, large, back):
        cleared(database)
    return found


def test_six_thousand_snapshots_there_and_back(postgres_server: Server, tmp_path: Path) -> None:
    assert there_and_back(postgres_server, tmp_path, 6_000)["snapshots"].rows == 6_000


@pytest.mark.soak
def test_a_million_snapshots_there_and_back(postgres_server: Server, tmp_path: Path) -> None:
    assert there_and_back(postgres_server, tmp_path, 1_000_000)["snapshots"].rows == 1_000_000


def test_odd_titles_and_moments_survive(database_url: str, other_url: str) -> None:
    home, target = SyncHarness(database_url), Database(other_url)
    with home.database.writing() as tx:
        tx.execute(games.insert(), [{"id": 7, "title": 'עברית, "x"\n=cmd() 🎮', "updated_at": START}])
    copy(home.database, target, quietly)
    with target.reading() as tx:
        assert [tuple(row)[0::5] for row in tx.execute(sa.select(games))] == [(7, START)]
        assert tx.scalar(sa.select(games.c.title)) == 'עברית, "x"\n=cmd() 🎮'
    target.close()
    home.close()


def test_a_target_with_rows_in_it_is_refused_and_left_alone(database_url: str, other_url: str) -> None:
    home, full = recorded(database_url), recorded(other_url)
    before = all_checksums(full.database)
    with pytest.raises(DatabaseIncompatible, match="not empty"):
        copy(home.database, full.database, quietly)
    assert all_checksums(full.database) == before
    for one in (home, full):
        one.close()


def test_a_target_of_another_revision_is_refused(database_url: str, other_url: str) -> None:
    home, target = recorded(database_url), Database(other_url)
    upgrade_schema(target, LATER)
    with target.writing() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseIncompatible, match="9999"):
        copy(home.database, target, quietly)
    target.close()
    home.close()


def nothing_in(url: str) -> bool:
    database = Database(url)
    try:
        if current(database) is None:
            return True
        return all(tally.rows == 0 for tally in all_checksums(database).values())
    finally:
        database.close()


def cut_off(done: int, total: int) -> None:
    if done > 3000:
        raise KeyboardInterrupt


@pytest.mark.parametrize("is_there", [False, True])
def test_a_copy_that_is_cut_off_leaves_nothing(database_url: str, other_url: str, is_there: bool) -> None:
    source, target = create_long_history(database_url, 5000), Database(other_url)
    if is_there:
        upgrade_schema(target, LATER)
    before = all_checksums(source)
    with pytest.raises(KeyboardInterrupt):
        copy(source, target, cut_off)
    target.close()
    assert nothing_in(other_url)
    assert all_checksums(source) == before
    copy(source, target, quietly)
    assert all_checksums(target) == before
    target.close()
    source.close()


def test_a_copy_that_is_not_equal_is_no_copy(
    database_url: str, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something changes a row on its way: here a trigger of the target, as somebody may have left one."""
    home, target = recorded(database_url), Database(other_url)
    upgrade_schema(target, LATER)
    with target.writing() as tx:
        for statement in MEDDLING[tx.dialect.name]:
            tx.exec_driver_sql(statement)
    with pytest.raises(DatabaseCorrupt, match=r"players \(1 rows, 1 copied\)"):
        copy_rows(home.database, target, quietly)
    with pytest.raises(DatabaseCorrupt, match="trigger meddle on players is not ours"):
        copy(home.database, target, quietly)  # which refuses the trigger before it reads a row
    with target.writing() as tx:
        tx.exec_driver_sql(f"DROP TRIGGER meddle{'' if target.path else ' ON players'}")
    target.close()
    assert nothing_in(other_url)
    home.close()


MEDDLING = {
    "sqlite": [
        "CREATE TRIGGER meddle AFTER INSERT ON players BEGIN UPDATE players SET username = 'Other'; END",
    ],
    "postgresql": [
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.username = 'Other'; RETURN NEW; END $$",
        "CREATE TRIGGER meddle BEFORE INSERT ON players FOR EACH ROW EXECUTE FUNCTION meddle()",
    ],
}


def test_counters_go_on_after_what_was_copied(tmp_path: Path, postgres_url: str) -> None:
    home, target = recorded(f"sqlite:///{tmp_path / 'a.db'}"), Database(postgres_url)
    copy(home.database, target, quietly)
    with target.writing() as tx:
        newest = tx.scalar(sa.select(sa.func.max(snapshots.c.id)))
        made = tx.execute(players.insert().values(ulid="1" * 26, username="Moss", added_at=LATER))
        assert made.inserted_primary_key is not None
        assert made.inserted_primary_key[0] == 2
        counter = sa.text("SELECT last_value FROM snapshots_id_seq")
        assert tx.scalar(counter) == newest
    target.close()
    home.close()
