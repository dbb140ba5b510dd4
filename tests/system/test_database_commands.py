"""syncer db backup, restore and copy, as typed."""

from pathlib import Path

from syncer.core.clock import SystemClock
from syncer.run.lock import WriterLock
from syncer.store.db.engine import Database
from tests.edges.many_players import all_checksums
from tests.postgres import Server

from .database_commands import assert_refused, contents, sync_twice
from .simulated_site import Site, run_cli

ENDS = ("", "-journal", "-wal", "-shm", "-lock", "-holder", "-budget", "-budget-journal", "-budget-wal")


def owned_paths(folder: Path) -> list[Path]:
    """Return each file of the database and the settings; some also by a link, hard link or other path."""
    (folder / "x").mkdir()
    (folder / "linked").symlink_to("syncer.db")
    (folder / "x" / "linked").symlink_to(folder)
    (folder / "second").hardlink_to(folder / "config.toml")
    names = [*(f"syncer.db{end}" for end in ENDS), "config.toml", "key", "linked", "second"]
    other_paths = ["x/../syncer.db", "x/linked/syncer.db-journal", "x/linked/key"]
    return [folder / name for name in names + other_paths]


def test_nothing_is_written_over_the_database_or_the_settings(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    paths = owned_paths(site.folder)
    before = contents(site.folder)
    for path in paths:
        for words in (("export", "games", "-o"), ("export", "games", "--force", "-o"), ("db", "backup")):
            assert_refused(run_cli(site, *words, str(path)), 2, f"{path} ", "; name another file")
        assert_refused(run_cli(site, "db", "copy", f"sqlite:///{path}"), 2, "; name another")
        assert contents(site.folder) == before, path
    for path in paths:
        if "syncer.db" in path.name or path.name == "linked":
            assert_refused(run_cli(site, "db", "restore", str(path)), 2, f"{path}")
    assert contents(site.folder) == before
    assert "passed every check" in run_cli(site, "db", "check").out


def test_a_hard_link_to_the_database_is_the_database(site: Site) -> None:
    assert run_cli(site, "sync").code == 0
    (site.folder / "other.db").hardlink_to(site.folder / "syncer.db")
    before = contents(site.folder)
    for words in (("export", "games", "--force", "-o"), ("db", "backup"), ("db", "restore")):
        assert_refused(
            run_cli(site, *words, str(site.folder / "other.db")), 2, "other.db is the database itself"
        )
    assert_refused(
        run_cli(site, "db", "copy", f"sqlite:///{site.folder}/other.db"), 2, "is the database itself"
    )
    site.url = f"sqlite:///{site.folder}/syncer.db-budget"
    assert_refused(run_cli(site, "db", "copy", site.url), 2, "belongs to the database")
    assert contents(site.folder) == before


def test_a_backup_can_be_restored(site: Site) -> None:
    run_cli(site, "sync")
    result = run_cli(site, "db", "backup")
    assert result.code == 0
    (file,) = site.folder.glob("syncer-*Z.db")
    assert f"Wrote {file}: 1 player, 4 games, 4 snapshots, 6 unlocks; checked, and equal" in result.out
    assert_refused(run_cli(site, "db", "backup", str(file)), 2, "exists already")
    site.earn(1)
    run_cli(site, "sync")
    result = run_cli(site, "db", "restore", str(file))
    assert result.code == 0
    assert "The previous database is kept" in result.out
    assert len(run_cli(site, "history", "1", "--json").document["snapshots"]) == 1
    assert "passed every check" in run_cli(site, "db", "check").out
    assert run_cli(site, "sync").code == 0
    assert_refused(run_cli(site, "db", "restore", str(site.folder / "nothing.db")), 2, "does not exist")
    assert_refused(run_cli(site, "db", "restore", str(site.folder / "syncer.db")), 2, "the database itself")
    assert_refused(
        run_cli(site, "db", "restore", str(site.folder / "key")), 65, "not touched", "Name another backup"
    )


def test_a_backup_needs_no_writer_lock_but_restore_and_copy_do(each_site: Site) -> None:
    sync_twice(each_site)
    database = Database(each_site.url)
    lock = WriterLock(database, SystemClock())
    lock.acquire()
    assert run_cli(each_site, "db", "backup", str(each_site.folder / "copy.db")).code == 0
    assert_refused(
        run_cli(each_site, "db", "restore", str(each_site.folder / "copy.db")),
        75,
        "another syncer is at work",
    )
    assert_refused(
        run_cli(each_site, "db", "copy", f"sqlite:///{each_site.folder}/other.db"),
        75,
        "another syncer is at work",
    )
    lock.release()
    copy = Database(f"sqlite:///{each_site.folder / 'copy.db'}")
    assert all_checksums(copy) == all_checksums(database)
    for one in (copy, database):
        one.close()


def test_a_copy_replaces_the_database(each_site: Site, postgres_url: str) -> None:
    sync_twice(each_site)
    other = (
        postgres_url
        if each_site.url.startswith("sqlite")
        else f"sqlite:///{each_site.folder / 'new' / 'syncer.db'}"
    )
    result = run_cli(each_site, "db", "copy", other)
    assert result.code == 0, result.err
    assert f'in [database]: url = "{other}"' in result.out
    assert_refused(run_cli(each_site, "db", "copy", other), 78, "not empty", "Nothing was changed")
    assert_refused(run_cli(each_site, "db", "copy", each_site.url), 2, "the database itself")
    assert_refused(run_cli(each_site, "db", "copy", "mysql://x/y"), 2, "not a permanent database")
    before = run_cli(each_site, "history", "1", "--json").document
    each_site.url = other
    each_site.configure()
    assert run_cli(each_site, "history", "1", "--json").document == before
    assert run_cli(each_site, "sync").code == 0


def test_a_copy_that_lacks_a_grant_names_itself_as_the_next_step(
    site: Site, postgres_server: Server, postgres_url: str
) -> None:
    run_cli(site, "sync")
    postgres_server.execute("CREATE ROLE mover LOGIN")
    refused = run_cli(site, "db", "copy", postgres_url.replace("tester@", "mover@"))
    assert_refused(refused, 78, "GRANT CREATE ON SCHEMA public TO mover; then try: syncer db copy URL")
    postgres_server.execute("DROP ROLE mover")


def test_a_copy_into_a_locked_database_is_refused(site: Site, postgres_url: str) -> None:
    run_cli(site, "sync")
    target = Database(postgres_url, application="syncer pid 77 on attic")
    lock = WriterLock(target, SystemClock())
    lock.acquire()
    assert_refused(
        run_cli(site, "db", "copy", postgres_url), 75, "pid 77 on attic", "then try: syncer db copy URL"
    )
    lock.release()
    target.close()
