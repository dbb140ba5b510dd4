"""The description in migrations/schema/ is what the migrations make, on every way to a revision."""

import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from syncer.store.db.engine import Database
from syncer.store.db.migrate import create_database, migrate
from syncer.store.db.revision import current, revisions
from syncer.store.db.schema.expected import file_of, parts_at
from tests.fixtures.schema import Ways, collected, described_sqlite, postgres_path
from tests.fixtures.thaw import downgrade

HOW = "write it anew: python -m tests.fixtures.schema URL15 URL18 (empty databases of PostgreSQL 15 and 18)"
OLD_SERVER = Path("/usr/lib/postgresql/15/bin")  # Debian's


def test_the_description_for_sqlite_is_what_the_migrations_make() -> None:
    assert described_sqlite() == json.loads(file_of("sqlite").read_text()), HOW


def is_described(url: str) -> None:
    ways: Ways = defaultdict(dict)
    collected(postgres_path(url), ways)
    assert tuple(ways) == revisions()
    for revision, parts in ways.items():
        expected = parts_at("postgresql", revision)
        needed = {part for part, made in expected.items() if None not in made}
        assert needed <= parts.keys() <= expected.keys(), HOW
        assert [part for part, made in parts.items() if not made <= {*expected[part]}] == [], HOW


def test_the_description_for_postgres_is_what_the_migrations_make(postgres_url: str) -> None:
    is_described(postgres_url)


@pytest.mark.skipif(not OLD_SERVER.exists(), reason="PostgreSQL 15 is not installed here")
@pytest.mark.soak
def test_an_older_server_prints_what_is_described(tmp_path: Path) -> None:
    data = tmp_path / "data"
    user = ["runuser", "-u", "nobody", "--"]
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    shutil.chown(tmp_path, "nobody")
    settings = f"-c listen_addresses= -c unix_socket_directories={tmp_path} -c fsync=off"
    control = [*user, str(OLD_SERVER / "pg_ctl"), "-D", str(data), "-w", "-s"]
    initialise = [str(OLD_SERVER / "initdb"), "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync"]
    subprocess.run([*user, *initialise], check=True)
    subprocess.run([*control, "-o", settings, "-l", str(tmp_path / "log"), "start"], check=True)
    try:
        is_described(f"postgresql://tester@/postgres?host={tmp_path}")
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], check=True)


def test_a_database_that_went_down_and_up_again_is_exact_at_every_step(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    if database.path:
        create_database(database.path)
    else:
        migrate(database)
    for revision in reversed(revisions()[1:-1]):
        downgrade(database, revision)
        assert current(database) == revision
    migrate(database)
    assert current(database) == revisions()[-1]
    database.close()
