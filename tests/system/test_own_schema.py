"""Every command on PostgreSQL with a login that owns its schema and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import Server

from .simulated_site import Site, a_site, run_cli

COMMANDS = (
    *("db upgrade", "db current", "sync", "sync --due", "status", "plan", "history 1", "changes", "gaps"),
    *("account", "health", "export snapshots", "db check", "doctor", "fetch Tester 1"),
)


@pytest.fixture
def owner_site(postgres_server: Server, tmp_path: Path) -> Iterator[Site]:
    """A site whose configuration names a role that owns a schema of its own name."""
    url = postgres_server.create_database()
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE ROLE owner LOGIN NOSUPERUSER")
        admin.execute("CREATE SCHEMA owner AUTHORIZATION owner")
        admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    with a_site(tmp_path, url.replace("tester@", "owner@")) as site:
        yield site
    name = url.partition("@/")[2].partition("?")[0]
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    postgres_server.execute("DROP ROLE owner")


def test_all_commands_work_for_a_login_that_owns_only_its_schema(owner_site: Site) -> None:
    site = owner_site
    for command in COMMANDS:
        result = run_cli(site, *command.split())
        assert (command, result.code) == (command, 0), result.out + result.err
        assert "Traceback" not in result.err
    backup = site.folder / "backup.db"
    assert run_cli(site, "db", "backup", str(backup)).code == 0
    with psycopg.connect(site.url.replace("owner@", "tester@"), autocommit=True) as admin:
        admin.execute("DROP SCHEMA owner CASCADE; CREATE SCHEMA owner AUTHORIZATION owner")
    for command in ("db restore", "db check"):
        result = run_cli(site, *command.split(), *([str(backup)] if command == "db restore" else []))
        assert (command, result.code) == (command, 0), result.out + result.err
