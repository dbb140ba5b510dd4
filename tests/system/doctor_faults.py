"""Faults that the tests of doctor plant, each a function of the site."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.store.db.account_tables import account_polls
from syncer.store.db.engine import Database
from syncer.store.db.tables import players, snapshots

from .simulated_site import Site, run_cli

HOURS = timedelta(hours=1)
Plant = Callable[[Site], object]
Row = tuple[Plant, str, str, int, str]  # fault, check, status, exit code, part of the message


def now() -> datetime:
    return SystemClock().now()


def synced(site: Site) -> Site:
    site.prepare_database()
    assert run_cli(site, "sync").code == 0
    return site


def execute(site: Site, *statements: sa.Executable) -> None:
    database = Database(site.url)
    with database.writing() as tx:
        for statement in statements:
            tx.execute(statement)
    database.close()


def edit_config(site: Site, old: str, new: str) -> None:
    path = site.folder / "config.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def updating(statement: Callable[[], sa.Executable]) -> Plant:
    return lambda site: execute(site, statement())


def sql(text: str) -> Plant:
    return lambda site: execute(site, sa.text(text))


# The site and its answers


def fault_during_sync(fault: str) -> Plant:
    """Return a plant that runs sync with this fault; it is over before doctor runs."""

    def plant(site: Site) -> None:
        site.server.fault = fault
        assert run_cli(site, "sync").code != 0
        site.server.fault = None

    return plant


def current_fault(name: str) -> Plant:
    return lambda site: setattr(site.server, "fault", name)


def wrong_key(site: Site) -> None:
    (site.folder / "key").write_text("not0the0key".ljust(32, "0"))


def closed_port(site: Site) -> None:
    edit_config(site, site.server.base_url, "http://127.0.0.1:1/API")


# Players


def configure_player(site: Site, name: str) -> None:
    site.configure()
    edit_config(site, "[[players]]", f'[[players]]\nusername = "{name}"')


def configure_players(site: Site, *names: str) -> None:
    """Configure players with one game each, all with the key of Tester."""
    site.configure(games="[1]")
    head = (site.folder / "config.toml").read_text().partition("[[players]]")[0]
    entries = [f'[[players]]\nusername = "{name}"\ngames = [1]\n' for name in names]
    (site.folder / "config.toml").write_text(head + "".join(entries))


def six_players_with_one_key(site: Site) -> None:
    friends = [f"Friend{n}" for n in range(5)]
    for name in friends:
        site.world.add_account(name)
    configure_players(site, "Tester", *friends)
    assert run_cli(site, "sync").code == 0


def deleted_account(site: Site) -> None:
    site.world.add_account("Moss", "m" * 32)
    configure_player(site, "Moss")
    assert run_cli(site, "sync").code == 0
    site.world.delete_account("Moss")
    execute(site, players.update().values(profile_checked_at=now() - 48 * HOURS))
    assert run_cli(site, "sync").code != 0


def renamed_account(site: Site) -> None:
    """Rename an account twice: the site resolves only its first name for ever, so that Middle is free."""
    site.world.add_account("Moss", "m" * 32)
    site.world.rename("Moss", "Middle")
    configure_player(site, "Middle")
    assert run_cli(site, "sync").code == 0
    site.world.rename("Moss", "Newest")


def reassigned_name(site: Site) -> None:
    renamed_account(site)
    site.world.add_account("Middle", "s" * 32)


# The history


def recent_outage(site: Site) -> None:
    """Store a gap of some hours that has just ended."""
    execute(site, *polled_hours_ago())
    assert run_cli(site, "sync").code == 0


def gaps_of_games(site: Site) -> None:
    overdue_for_hours(synced, 1, 2)(site)
    assert run_cli(site, "sync").code == 0


def long_ago() -> datetime:
    return now() - 4 * HOURS


def polled_hours_ago() -> list[sa.Executable]:
    """Return statements that date all polls back by hours."""
    polled = {"first_seen_at": now() - 5 * HOURS, "last_seen_at": now() - 4 * HOURS}
    return [table.update().values(**polled) for table in (snapshots, account_polls)]


def id_without_achievements(site: Site) -> None:
    site.configure(games="[1, 2, 3, 4, 999999]")
    assert run_cli(site, "sync").code == 0


def overdue_for_hours(plant: Plant, *games: int) -> Plant:
    """Return a plant after which the daemon has polled every game except these for hours."""

    def planted(site: Site) -> None:
        plant(site)
        polled = {"first_seen_at": now() - 4 * HOURS, "last_seen_at": now() - 4 * HOURS}
        execute(site, snapshots.update().where(snapshots.c.game_id.in_(games)).values(**polled))

    return planted


def overlapping_snapshots(site: Site) -> None:
    site.earn(1)
    assert run_cli(site, "sync").code == 0
    closed = snapshots.update().where(~snapshots.c.is_open)
    execute(site, closed.values(last_seen_at=now(), closed_at=now()))


def snapshots_out_of_order(site: Site) -> None:
    site.earn(1)
    assert run_cli(site, "sync").code == 0
    execute(site, sa.text("UPDATE snapshots SET id = id + 1000 WHERE NOT is_open"))


# Files


def key_in_public_config(site: Site) -> None:
    site.world.add_account("Owner", "o" * 32)
    edit_config(site, 'key_file = "key"', f'key = "{"o" * 32}"')
    (site.folder / "config.toml").chmod(0o644)


def public_key_file(site: Site) -> None:
    (site.folder / "key").chmod(0o640)


def public_database(site: Site) -> None:
    (site.folder / "syncer.db").chmod(0o644)
    (site.folder / "syncer.db-budget").chmod(0o604)


def overwrite_page(site: Site, page: int, end: str = "") -> None:
    with (site.folder / f"syncer.db{end}").open("r+b") as file:
        file.seek(4096 * page)
        file.write(b"\xa5" * 4096)


def empty_database_file(site: Site) -> None:
    for file in site.folder.glob("syncer.db*"):
        file.unlink()
    (site.folder / "syncer.db").touch()


def database_of_another_program(site: Site) -> None:
    for file in site.folder.glob("syncer.db*"):
        file.unlink()
    connection = sqlite3.connect(site.folder / "syncer.db")
    connection.execute("CREATE TABLE recipes (cake TEXT)")
    connection.close()


def replaced_by_folder(name: str) -> Plant:
    def plant(site: Site) -> None:
        (site.folder / name).unlink()
        (site.folder / name).mkdir()

    return plant


def database_at(url: str) -> Plant:
    def plant(site: Site) -> None:
        site.url = url
        site.configure()

    return plant


def database_below_a_file(site: Site) -> None:
    (site.folder / "file").touch()
    database_at(f"sqlite:///{site.folder / 'file' / 'deep' / 'syncer.db'}")(site)


def name_too_long(site: Site) -> None:
    database_at(f"sqlite:///{site.folder / ('n' * 300) / 'syncer.db'}")(site)


def loop_of_links(site: Site) -> None:
    (site.folder / "loop").symlink_to("loop")
    database_at(f"sqlite:///{site.folder / 'file.db'}")(site)
    edit_config(site, "file.db", "loop/syncer.db")
