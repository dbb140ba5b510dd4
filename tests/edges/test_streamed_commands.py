"""Commands that print many rows hold few of them, also while nobody reads on: changes, history, account."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.cli.output.json_document import to_json_value
from syncer.core.model.account import Measure
from syncer.store.db.account_tables import account_snapshots
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from tests.waiting import PATIENCE

from . import many_players
from .harness import START
from .many_players import cleared, create_long_history
from .test_export import peak_of

MB = 1024  # as /proc counts
FEW, MANY = 2_000, 15_000
LINES = 40  # of one row as JSON, at most
FORMS = ((), ("--json",))
MOST = 12 * MB  # more for many rows than for few; a list of dictionaries takes 40
CHANGES = ("changes", "--all", "--since", "2020-01-01")


def lines_of(folder: Path) -> int:
    with (folder / "out").open() as lines:
        return sum(1 for _ in lines)


def assert_flat(url: str, folder: Path, until: datetime, *command: str) -> None:
    """Assert that all snapshots take hardly more memory than those until then."""
    low = peak_of(url, folder, *command, "--until", until.isoformat())
    assert FEW / 2 < lines_of(folder) < 2 * FEW * LINES
    high = peak_of(url, folder, *command)
    assert lines_of(folder) > MANY
    (folder / "out").unlink()
    print(command, f"{low // MB} MB, {high // MB} MB")
    assert high - low < MOST


def test_changes_take_no_more_memory_for_many_rows(database_url: str, tmp_path: Path) -> None:
    create_long_history(database_url, MANY).close()
    for form in FORMS:
        assert_flat(database_url, tmp_path, START + timedelta(hours=1), *CHANGES, *form)
    cleared(Database(database_url))


def test_a_history_as_json_takes_no_more_memory_for_many_rows(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_players, "GAMES", 1)
    create_long_history(database_url, MANY).close()
    assert_flat(database_url, tmp_path, START + timedelta(days=20), "history", "1", "--json")
    cleared(Database(database_url))


@pytest.fixture
def history(database_url: str) -> Iterator[Database]:
    with closing(create_long_history(database_url, 5000)) as database:
        yield database


def started(database: Database, folder: Path, *command: str) -> subprocess.Popen[bytes]:
    settings = {"DATABASE__URL": str(database.url.render_as_string(hide_password=False))}
    settings |= {"API__USERNAME": "Tester", "API__KEY": "k", "PLAYERS__0__GAMES": "1"}
    env = {f"SYNCER_{name}": value for name, value in settings.items()} | {"HOME": str(folder)}
    line = [sys.executable, "-m", "syncer", *command]
    return subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_json_is_the_same_as_in_one_piece(history: Database, tmp_path: Path) -> None:
    read = Queries(history).history.stream_changes
    with read([1], None, None, everything=True, detailed=True) as rows:
        found = list(rows)
    assert len(found) == 5000
    process = started(history, tmp_path, *CHANGES, "--json")
    out, _ = process.communicate(timeout=PATIENCE)
    document = json.loads(out)
    whole = {"since": document["since"], "until": None, "changes": found}
    assert out.decode() == json.dumps(whole, indent=2, default=to_json_value) + "\n"


@pytest.mark.parametrize("form", FORMS)
def test_a_reader_that_goes_away_ends_the_command(
    form: tuple[str, ...], history: Database, tmp_path: Path
) -> None:
    """As with `| head`."""
    process = started(history, tmp_path, *CHANGES, *form)
    assert process.stdout
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(PATIENCE) == 0
    assert process.stderr
    assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize("form", FORMS)
def test_a_reader_that_pauses_does_not_hold_up_the_daemon(
    form: tuple[str, ...], history: Database, tmp_path: Path
) -> None:
    """As with `| less`: what is written meanwhile is stored at once, and is not in the output."""
    process = started(history, tmp_path, *CHANGES, *form)
    assert process.stdout
    head = process.stdout.readline()  # the pipe is full soon, and the transaction stays open
    time.sleep(0.5)
    assert process.poll() is None
    begun = time.monotonic()
    with history.writing() as tx:
        tx.execute(sa.text("UPDATE snapshots SET poll_count = 777 WHERE is_open"))
    assert time.monotonic() - begun < 1
    rest, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, b'"poll_count": 777' in rest) == (0, False)
    assert len((head + rest).splitlines()) > 5000


def hourly_ranks(count: int) -> list[dict[str, Any]]:
    """Return the rows of a rank that moves every hour."""
    moments = [START - timedelta(hours=count - n) for n in range(count + 1)]
    row = {"player_id": 1, "measure": Measure.RANK, "poll_count": 1, "promised_seconds": 3600}
    row |= {"after_gap": False, "run_id": None}
    return [
        row
        | {"value": 1000 + n % 7, "first_seen_at": at, "last_seen_at": at, "is_open": n == count - 1}
        | {"closed_at": None if n == count - 1 else moments[n + 1]}
        for n, at in enumerate(moments[:-1])
    ]


@pytest.mark.parametrize("form", FORMS)
def test_years_of_ranks_take_no_more_memory(form: tuple[str, ...], tmp_path: Path) -> None:
    url, found = f"sqlite:///{tmp_path / 'syncer.db'}", []
    for count in (500, 20_000):
        database = create_long_history(url, 500)
        with database.writing() as tx:
            tx.execute(account_snapshots.insert(), hourly_ranks(count))
        database.close()
        found.append(peak_of(url, tmp_path, "account", *form))
        assert lines_of(tmp_path) > (count / 24 if not form else count)
        cleared(Database(url))
    assert found[1] - found[0] < MOST  # of which SQLite, which groups the view account_history, takes most
