"""Every --json document has the names and types that docs/json.md documents."""

import sqlite3
from collections.abc import Iterator

import click

from syncer.cli.main import cli
from syncer.core.clock import SystemClock
from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.db.tables import RESTORED
from tests.edges.fake_notify_server import FakeNotifyServer

from .json_shapes import (
    COMPARED,
    NAMELESS,
    NEVER_POLLED,
    REVISED,
    SEARCHED,
    WRONG_ROWS,
    differences,
    documented_shapes,
    everything_in,
    shape_of,
)
from .played_games import configure
from .simulated_site import Site, run_cli
from .test_unreadable_listing import add_played_games, unreadable

TYPED = {  # what is typed for a shape, if it is not its name and --json
    "history": "history 1 --json",
    "changes": "changes --all --until 0s --json",
    "account": "account --until 0s --json",
    "unlocks": "unlocks --until 0s --json",
    "at": "at 0s --json",
    "at --shape api": "at 0s --shape api",
    "diff": "diff 2020-01-01 0s --json",
    "fetch": "fetch Tester 1 2 --json",
    "fetch --camel": "fetch Tester 1 2 --camel",
    "fetch --profile": "fetch Tester --profile",
    "review": f"review {SystemClock().now():%Y} --json",
}
READING = (
    *("plan", "status", "history", "changes", "games", "unlocks", "review", "at", "at --shape api", "diff"),
    *("account", "gaps", "health", "config show"),
)
NOT_SEEN = {
    "fetch --profile.RichPresenceMsg: null",  # every simulated player has rich presence
    "fetch --profile.RichPresenceMsg: empty",
    "fetch --profile.LastGameID: null",  # has played
    "fetch --profile.Motto: text",  # and has no motto
    "db current.current: null",  # tested below
    # Tested in test_diff_command.py: of a game that was polled at both moments, or is not followed any more.
    *(f"diff.targets[].{name}_delta: integer" for name in PROGRESS_COLUMNS),
    "diff.targets[].coverage_to: null",
    "status.players[].set_aside_at: time",  # as the next one, tested in test_cluster_status.py
    *everything_in(shape_of("status --cluster"), "status --cluster"),
}


def leaf_commands(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        with click.Context(command) as ctx:
            for inner in command.list_commands(ctx):
                found = command.get_command(ctx, inner)
                assert found
                yield from leaf_commands(found, f"{name} {inner}".strip())
    else:
        yield name, command


def test_every_command_with_json_is_documented() -> None:
    with_json = {
        name
        for name, command in leaf_commands(cli)
        if "--json" in {option for param in command.params for option in param.opts}
    }
    assert {name for name in documented_shapes() if " --" not in name} == with_json


def test_every_null_is_explained() -> None:
    lines = [line for text in documented_shapes().values() for line in text.splitlines() if "null" in line]
    assert [line for line in lines if "null: " not in line] == []


class Comparer:
    """Runs commands by their names on the page; collects what it saw and every difference."""

    def __init__(self, site: Site) -> None:
        self.site, self.seen, self.found = site, set[str](), list[str]()

    def run(self, *names: str, environ: dict[str, str] | None = None) -> None:
        for name in names:
            self.compare(name, TYPED.get(name, f"{name} --json"), environ)

    def compare(self, name: str, typed: str, environ: dict[str, str] | None = None) -> None:
        document = run_cli(self.site, *typed.split(), environ=environ).document
        self.found += differences(document, shape_of(name), name, self.seen)

    def execute(self, *statements: str) -> None:
        """Store a state that no command in this test leads to."""
        with sqlite3.connect(self.site.folder / "syncer.db") as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


def test_documents_have_the_documented_shapes(site: Site) -> None:
    comparer = Comparer(site)
    compare_first_runs(site, comparer)
    compare_failures(site, comparer)
    compare_notifications(site, comparer)
    compare_gaps(site, comparer)
    compare_account(comparer)
    compare_points(comparer)
    compare_players(site, comparer)
    compare_milestones(site, comparer)
    compare_undecided(comparer)
    for statements in (REVISED, NAMELESS):
        comparer.execute(*statements)
        comparer.run("review")
    compare_unreadable_listing(site, comparer)
    for statements, commands in ((WRONG_ROWS, ["db check"]), (NEVER_POLLED, ["status", "games", "review"])):
        comparer.execute(*statements)
        comparer.run(*commands)
    assert comparer.found == []
    expected = {path for name in documented_shapes() for path in everything_in(shape_of(name), name)}
    assert expected - comparer.seen == NOT_SEEN


def compare_milestones(site: Site, comparer: Comparer) -> None:
    """Show a mastered game, before its award is listed and then, and a player whose unlocks were not read."""
    site.earn(2, 4)
    run_cli(site, "sync")
    comparer.run("games", "changes", "review")
    comparer.execute(
        "INSERT INTO awards (player_id, game_id, kind, awarded_at, first_seen_at)"
        " VALUES (1, 2, 'completed', '2020-01-01 00:00:00.000', '2020-01-02 00:00:00.000')"
    )
    columns = ("icon_path", "console_id", "console_name", "title")
    comparer.execute(f"UPDATE games SET {', '.join(f'{name} = NULL' for name in columns)}")  # noqa: S608
    comparer.run("games", "unlocks", "review")
    comparer.compare("unlocks", "unlocks --json")
    comparer.compare("unlocks", "unlocks --game 2 --json")
    comparer.execute("DELETE FROM account_snapshots")
    comparer.run("status")
    comparer.execute("UPDATE players SET unlocks_synced_until = NULL")
    comparer.execute("DELETE FROM unlocks")
    comparer.run("status", "games")


def compare_undecided(comparer: Comparer) -> None:
    """Show rises after a fall whose unlocks were not read."""
    comparer.execute(f"UPDATE snapshots SET {', '.join(f'{name} = NULL' for name in RESTORED)}")  # noqa: S608
    comparer.run("history", "changes")


def compare_unreadable_listing(site: Site, comparer: Comparer) -> None:
    """Follow played games only, of which no row can be read."""
    configure(site)
    site.forget_waits()
    add_played_games(site)
    site.server.choose_fault(unreadable)
    comparer.execute("DELETE FROM targets")
    comparer.execute("UPDATE players SET library_synced_at = NULL")
    comparer.run("sync", "health", "doctor")
    site.server.choose_fault(lambda request: None)


def compare_first_runs(site: Site, comparer: Comparer) -> None:
    site.configure(games="[1, 2, 999]")
    comparer.run("plan", "sync")
    comparer.execute("UPDATE games SET title = NULL")  # as before the titles are fetched
    comparer.run(*READING, "doctor", "fetch", "fetch --camel", "fetch --profile")
    comparer.run("db current", "db check")
    site.earn(1)
    comparer.run("sync", *READING)


def compare_failures(site: Site, comparer: Comparer) -> None:
    site.server.fault = "429_after_600"
    comparer.run("sync", "plan", "status", "health")
    site.forget_waits()
    site.server.fault = "401"
    comparer.run("sync", "status", "doctor")
    site.forget_waits()
    site.server.fault = None


def compare_notifications(site: Site, comparer: Comparer) -> None:
    with FakeNotifyServer() as working, FakeNotifyServer() as failing:
        urls = {"SYNCER_NOTIFY__URLS": f"{working.url} {failing.url}"}
        failing.status = 500
        site.earn(1)
        comparer.run("notify list", "notify test", "sync", "notify list", environ=urls)
    comparer.execute(
        "UPDATE messages SET given_up_at = next_attempt_at, next_attempt_at = NULL, game_id = NULL"
    )
    comparer.execute("UPDATE messages SET player_id = NULL WHERE delivered_at IS NULL")
    comparer.run("notify list")


def compare_gaps(site: Site, comparer: Comparer) -> None:
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('every = "15m"', 'every = "1s"\ngap_after = "0s"'))
    run_cli(site, "sync")
    SystemClock().wait(1.3)
    comparer.run("gaps")
    comparer.compare("gaps", "gaps --targets --json")
    comparer.run("sync", *READING)


def compare_account(comparer: Comparer) -> None:
    """Compare with a rank that was known before any points."""
    comparer.execute(
        "INSERT INTO account_snapshots (player_id, measure, first_seen_at, last_seen_at, poll_count, value,"
        " promised_seconds, after_gap, is_open, closed_at) VALUES (1, 'rank', '2020-01-01 00:00:00.000',"
        " '2020-01-01 00:00:00.000', 1, 5, 86400, 0, 0, '2020-01-02 00:00:00.000')"
    )
    comparer.run("account")
    comparer.compare("account", "account --since 2020-01-01 --json")


def compare_points(comparer: Comparer) -> None:
    """Compare with points that a search did not explain, after they were equal."""
    comparer.execute(COMPARED.format(1, 9, "NULL", "NULL"), COMPARED.format(0, 4, 5, 0), SEARCHED)
    comparer.run("status")


def compare_players(site: Site, comparer: Comparer) -> None:
    """Compare with a second player, who is unknown, then known, deleted, and no longer configured."""
    path = site.folder / "config.toml"
    two = '[[players]]\nusername = "Moss"\ngames = [1]\n[[players]]\nusername = "Tester"'
    path.write_text(path.read_text().replace("[[players]]", two))
    comparer.run("health")
    site.world.add_account("Moss", "m" * 32)
    site.server.fault = "missing_id:1"
    comparer.run("sync", "status", "health")
    site.world.delete_account("Moss")
    comparer.execute("UPDATE players SET profile_checked_at = '2020-01-01 00:00:00.000'")
    comparer.execute("UPDATE runs SET finished_at = NULL, outcome = 'running'")
    comparer.run("status", "sync", "status")
    path.write_text(path.read_text().replace(two, "[[players]]"))
    comparer.run("sync")
    comparer.compare("status", "status --player Moss --json")
    comparer.compare("changes", "changes --json")


def test_without_a_database_there_is_no_revision(site: Site) -> None:
    assert run_cli(site, "db", "current", "--json").document["current"] is None
