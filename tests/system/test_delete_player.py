"""syncer db delete-player, as typed."""

import io
import itertools
import sqlite3
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


ULID = "{ulid}"
FORMS = {
    "ids": 'username = "Moss"\ngames = [1]',
    "the word": 'username = "Moss"\ngames = "played"',
    "what init proposes first": 'username = "Moss"\ngames = ["played"]',
    "the word and ids": 'username = "mOSS"\ngames = ["played", 3]',
    "a text with commas": 'username = "Moss"\ngames = "1, played"',
    "the present name": 'username = "Fern"\ngames = ["played"]',
    "the name between": 'username = "Lichen"\ngames = ["played"]',
    "the ULID": f'ulid = "{ULID}"\ngames = ["played"]',
    "the ULID beside another name": f'username = "Other"\nulid = "{ULID}"\ngames = ["played"]',
}


@pytest.fixture
def renamed(site: Site) -> Site:
    """Return a site with Moss, who was renamed to Lichen and to Fern, and who is followed as Moss."""
    site.world.add_account("Moss", "m" * 32)
    configure(site, FORMS["ids"])
    assert run_cli(site, "sync").code == 0
    for name in ("Lichen", "Fern"):
        site.world.rename("Moss", name)
        with sqlite3.connect(site.folder / "syncer.db") as connection:
            connection.execute("UPDATE players SET profile_checked_at = '2026-01-01 00:00:00.000'")
        assert run_cli(site, "sync").code == 0
    return site


def configure(site: Site, *entries: str) -> None:
    path = site.configure()
    before = path.read_text().partition("[[players]]")[0]
    path.write_text(before + "".join(f"[[players]]\n{entry}\n" for entry in entries))


def test_a_player_who_is_followed_is_refused_in_every_form_and_by_every_name(renamed: Site) -> None:
    moss = renamed.world.accounts.owner_of("m" * 32)
    assert moss
    names = itertools.cycle(["Moss", "lichen", "FERN", moss.ulid, moss.ulid.lower()])
    tester = 'username = "Tester"\ngames = ["played"]'
    for form, name in zip(FORMS.values(), names, strict=False):
        configure(renamed, tester, form.replace(ULID, moss.ulid))
        result = run_cli(renamed, "db", "delete-player", name, "--yes")
        assert_refused(result, 78, "Fern is still in the configuration (as ", "Remove the entry from")
    configure(renamed, tester)
    assert "Deleted Fern" in run_cli(renamed, "db", "delete-player", "lichen", "--yes").out


def test_without_any_entry_the_owner_of_the_key_is_followed(renamed: Site) -> None:
    configure(renamed)
    path = renamed.folder / "config.toml"
    path.write_text(path.read_text().replace('username = "Tester"', 'username = "Moss"'))
    assert_refused(run_cli(renamed, "db", "delete-player", "fern", "--yes"), 78, "still in the configuration")


def test_a_name_that_another_player_has_now_keeps_nobody_from_deletion(renamed: Site) -> None:
    """Lichen is free again, and taken by somebody who is followed."""
    renamed.world.add_account("Lichen", "l" * 32)
    entry = f'username = "Lichen"\ngames = [1]\napi_username = "Lichen"\napi_key = "{"l" * 32}"'
    configure(renamed, 'username = "Tester"\ngames = [1]', entry)
    run_cli(renamed, "sync")
    assert "Deleted Fern" in run_cli(renamed, "db", "delete-player", "fern", "--yes").out
