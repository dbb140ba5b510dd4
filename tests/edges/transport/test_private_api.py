"""A urllib3 without the private names that the transport needs is refused at import."""

import subprocess
import sys

import pytest
import urllib3

from syncer.api import connections

IMPORT = """
from urllib3.connection import HTTPConnection
del HTTPConnection._new_conn
import syncer.api
"""


def test_this_urllib3_has_them() -> None:
    connections.require_private_api()


def test_an_import_fails_and_names_the_missing_method_and_the_versions_that_work() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: urllib3 ")
    assert "HTTPConnection._new_conn" in last
    assert "urllib3 >= 2.2, < 3" in last


@pytest.mark.parametrize("name", ["_new_conn", "_dns_host", "_tunnel_host", "_tunnel_port", "_tunnel_scheme"])
def test_a_missing_attribute_of_a_connection_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    class Connection:
        """A connection of a later urllib3, which has all names but one."""

        def __init__(self, host: str) -> None:
            for owner, present in connections.PRIVATE_API:
                if owner == "HTTPConnection" and present != name:
                    setattr(self, present, None)

    monkeypatch.setattr(connections, "HTTPConnection", Connection)
    with pytest.raises(ImportError, match=f"HTTPConnection.{name}"):
        connections.require_private_api()


def test_a_missing_attribute_of_the_pool_manager_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty:
        """A PoolManager without pool_classes_by_scheme."""

    monkeypatch.setattr(urllib3, "PoolManager", Empty)
    with pytest.raises(ImportError, match=r"PoolManager\.pool_classes_by_scheme"):
        connections.require_private_api()
