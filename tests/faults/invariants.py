"""What holds after every fault: nothing is damaged, halved or doubled, and the next run heals it."""

import sqlalchemy as sa

from syncer.core.model.run import RunOutcome
from syncer.store.admin.integrity import check
from tests.edges.harness import SyncHarness
from tests.edges.outbox_harness import kinds
from tests.system.simulated_site import KEY, Site, run_cli

POLLS = sa.text("SELECT coalesce(sum(poll_count), 0) FROM snapshots")
COUNTED = sa.text("SELECT coalesce(sum(targets_seen), 0) FROM runs")


def assert_sound(home: SyncHarness) -> None:
    """Assert that the database is intact, and that each batch is stored whole and once."""
    assert check(home.database) == []
    with home.database.reading() as tx:
        assert tx.scalar(POLLS) == tx.scalar(COUNTED)


def assert_healed(home: SyncHarness) -> None:
    """Assert that the next run stores the present numbers without help."""
    home.clock.pass_by(60)
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.OK, 0), report
    assert stored(home) == {game: home.world.progress(home.account, game).num_achieved for game in home.games}


def stored(home: SyncHarness) -> dict[int, int]:
    """Return how many achievements of each game are stored."""
    return {game: home.history(game)[-1]["num_achieved"] for game in home.games}


def changes(home: SyncHarness) -> tuple[int, int]:
    """Return how many changes are stored, and how many messages report unlocks."""
    rows = [row for game in home.games for row in home.history(game)]
    return len(rows) - len(home.games), kinds(home).count("unlocks")


def assert_site_healed(site: Site) -> None:
    """Assert the same by the commands of a user; no file but that of the key holds it."""
    result = run_cli(site, "sync", "--wait", "30s")
    assert result.code == 0, result.err
    checked = run_cli(site, "db", "check")
    assert checked.code == 0, checked.out + checked.err
    written = [file for file in site.folder.rglob("*") if file.is_file() and file.name != "key"]
    assert [file.name for file in written if KEY.encode() in file.read_bytes()] == []
