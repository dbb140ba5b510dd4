"""How the tests of doctor run it and compare its results."""

import re
import sqlite3

from syncer.cli.commands import COMMANDS
from syncer.doctor import CHECKS
from syncer.doctor.environment import SAFE_SQLITE

from .simulated_site import KEY, CliResult, Site, run_cli

OLD_SQLITE = {"sqlite": "warn"} if sqlite3.sqlite_version_info < SAFE_SQLITE else {}
TYPEABLE = re.compile(r"syncer (--config \S+ )?\w+|\b(chmod|rm|timedatectl|sqlite3) |\[\[?\w+\]")


def findings(result: CliResult) -> dict[str, str]:
    """Return name and status of each check that is not ok, except for the machine's version of SQLite."""
    not_ok = {c["name"]: c["status"] for c in result.document["checks"] if c["status"] != "ok"}
    return {name: status for name, status in not_ok.items() if OLD_SQLITE.get(name) != status}


def hint_of(result: CliResult, check: str) -> str:
    found: str = next(c["hint"] for c in result.document["checks"] if c["name"] == check)
    return found


def assert_found(site: Site, check: str, status: str, code: int, what: str, *options: str) -> CliResult:
    """Assert that exactly this check has a finding, with a helpful hint, and that no request or key leaks."""
    result = run_cli(site, "doctor", "--json", *options)
    assert (findings(result), result.code) == ({check: status}, code), result.out + result.err
    assert result.document["ok"] is (status == "warn")
    found = next(c for c in result.document["checks"] if c["name"] == check)
    assert what in found["what"]
    assert TYPEABLE.search(found["hint"]), found["hint"]
    assert all(word in COMMANDS for word in re.findall(r"syncer (\w+)", found["hint"]))
    assert not re.search(r"[\x00-\x1f]", found["what"] + found["hint"])
    requests = len(site.server.requests)
    text = run_cli(site, "doctor", "--offline")
    assert len(site.server.requests) == requests
    assert KEY not in result.out + result.err + text.out + text.err
    assert "Traceback" not in result.err + text.err
    return result


def assert_healthy(site: Site, *options: str) -> None:
    result = run_cli(site, "doctor", "--json", *options)
    assert (findings(result), result.code, result.err) == ({}, 0, ""), result.out + result.err
    assert [c["name"] for c in result.document["checks"]] == list(CHECKS)
