"""syncer db delete-player, as typed."""

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.tables import history, players

from .database_commands import assert_refused, sync_twice
from .simulated_site import Site, run_cli

MOSS = 2  # the key of the second player


class Interrupted:
    """A stdin on which Ctrl-C is pressed instead of an answer."""

    def readline(self, *_: object) -> str:
        raise KeyboardInterrupt


@pytest.fixture
def with_former_player(each_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return a site with Tester, and with Moss, who is stored but no longer configured."""
    monkeypatch.chdir(each_site.folder)
    sync_twice(each_site)
    path = each_site.configure()
    each_site.world.add_account("Moss", "m" * 32)
    one_player = path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"')
    path.write_text(one_player + '[[players]]\nusername = "Moss"\ngames = [1]\n')
    assert run_cli(each_site, "sync").code == 0
    assert_refused(
        run_cli(each_site, "db", "delete-player", "moss", "--yes"), 78, "still in the configuration"
    )
    path.write_text(one_player + '[[players]]\nusername = "Moss"\ngames = "played"\n')
    assert_refused(
        run_cli(each_site, "db", "delete-player", "moss", "--yes"), 78, "still in the configuration"
    )
    path.write_text(one_player)
    assert run_cli(each_site, "sync").code == 0
    return each_site


def history_length(site: Site) -> int:
    return len(run_cli(site, "history", "1", "--player", "Moss", "--json").document["snapshots"])


def test_without_consent_nothing_is_deleted(
    with_former_player: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = with_former_player
    assert_refused(run_cli(site, "db", "delete-player", "nobody", "--yes"), 78, "no player nobody")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    result = run_cli(site, "db", "delete-player", "Moss")
    assert (result.code, result.out) == (0, "Nothing was deleted: Moss stays.\n")
    assert not list(site.folder.glob("syncer*Z.db"))
    monkeypatch.setattr("sys.stdin", Interrupted())
    assert run_cli(site, "db", "delete-player", "Moss").code == 130
    assert history_length(site) == 1


def rows_of(url: str, username: str) -> int:
    """Return how many rows of any table belong to a player."""
    database, key = Database(url), sa.bindparam("key", type_=sa.Integer)
    tables = [table for table in history.sorted_tables if "player_id" in table.c]
    with database.reading() as tx:
        player = tx.scalar(sa.select(players.c.id).where(players.c.username == username)) or MOSS
        owned = [sa.select(sa.func.count()).where(table.c.player_id == key) for table in tables]
        owned.append(sa.select(sa.func.count()).where(players.c.id == key))
        counts = [int(tx.scalar(query, {"key": player}) or 0) for query in owned]
    database.close()
    return sum(counts)


@pytest.mark.parametrize("command", ["delete-player", "forget"])  # `forget` is its former name
def test_a_player_is_deleted_after_a_backup(with_former_player: Site, command: str) -> None:
    site = with_former_player
    result = run_cli(site, "db", command, "Moss", "--yes")
    assert result.code == 0, result.err
    assert run_cli(site, "history", "1", "--player", "Moss").code == 78
    assert run_cli(site, "history", "1", "--player", "Tester").code == 0
    (backup,) = Path(site.folder).glob("syncer*Z.db")
    before = rows_of(f"sqlite:///{backup}", "Moss")
    assert before > 5
    assert f"Deleted Moss: {before} rows" in result.out
    assert rows_of(site.url, "Moss") == 0
    assert rows_of(site.url, "Tester") == rows_of(f"sqlite:///{backup}", "Tester") > 5
