"""syncer db delete-player, as typed."""

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database

from .database_commands import assert_refused, sync_twice
from .simulated_site import Site, run_cli


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


@pytest.mark.parametrize("command", ["delete-player", "forget"])  # `forget` is its former name
def test_a_player_is_deleted_after_a_backup(with_former_player: Site, command: str) -> None:
    site = with_former_player
    result = run_cli(site, "db", command, "Moss", "--yes")
    assert result.code == 0, result.err
    assert "Deleted Moss: 5 rows" in result.out
    assert run_cli(site, "history", "1", "--player", "Moss").code == 78
    assert run_cli(site, "history", "1", "--player", "Tester").code == 0
    (backup,) = Path(site.folder).glob("syncer*Z.db")
    copy = Database(f"sqlite:///{backup}")
    with copy.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM players")) == 2
    copy.close()
