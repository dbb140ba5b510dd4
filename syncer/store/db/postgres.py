"""PostgreSQL: its engine, the settings of each session, and a connection pooler in between.

The settings are SET after connecting: a pooler refuses the startup parameter `options`.
"""

import os
import re
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from syncer.core.errors import DatabaseIncompatible

SETTINGS = {
    "statement_timeout": "60000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "60000",
    "timezone": "UTC",
    "datestyle": "ISO",
    "jit": "off",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
CONNECT = {
    "client_encoding": "UTF8",
    "connect_timeout": 10,
    "options": "",  # not those of $PGOPTIONS, which are among the settings
    "keepalives_idle": 30,
}
READ_ONLY = {"default_transaction_read_only": "on"}
OPTION = re.compile(r"(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)\s*")  # as the server reads its command line
HINT_OPTIONS = "Correct the options in [database] url, or in $PGOPTIONS: each is -c name=value."
SEVERAL_HOSTS = re.compile(r"(\w[\w+]*://(?:[^/?@]*@)?)([^/?@]*,[^/?@]*)(/[^?]*)?(\?.*)?")
TRANSACTION_POOLING = (
    "the connection pooler gives each transaction another session: the writer lock cannot be held through it"
)
HINT_POOLING = "Set pool_mode = session for this database in pgbouncer.ini, or connect to PostgreSQL itself."


def postgres_engine(url: sa.URL, application: str, more: Mapping[str, str] | None = None) -> sa.Engine:
    """Return an engine. `more`: further settings of its sessions. Raises DatabaseIncompatible."""
    settings = {**own_options(url), **SETTINGS, **(more or {})}
    engine = sa.create_engine(
        url.difference_update_query(["options"]),
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=16,
        connect_args={"application_name": application[:63], **CONNECT},
    )
    is_checked = False

    @event.listens_for(engine, "connect", insert=True)  # before SQLAlchemy begins a transaction
    def on_connect(connection: Any, _: Any) -> None:
        nonlocal is_checked
        connection.autocommit = True
        if not is_checked:
            require_session_pooling(connection)
        is_checked = True
        apply_settings(connection, settings)
        connection.autocommit = False

    return engine


def driver_arguments(url: sa.URL) -> dict[str, Any]:
    """Return what psycopg.connect needs for this URL."""
    dialect = url.get_dialect()()
    return {**dialect.create_connect_args(url.difference_update_query(["options"]))[1], **CONNECT}


def apply_settings(connection: Any, settings: Mapping[str, str]) -> None:
    """Set the settings for the session. Raises DatabaseIncompatible for one of the user that is refused."""
    calls = ", ".join("set_config(%s, %s, false)" for _ in settings)
    try:
        connection.execute(f"SELECT {calls}", [word for pair in settings.items() for word in pair])
    except connection.Error as error:
        if not (error.sqlstate or "").startswith(("22", "42", "55")):
            raise
        why = f"an option of the database cannot be used: {str(error).splitlines()[0]}"
        raise DatabaseIncompatible(why, hint=HINT_OPTIONS) from None


def several_hosts(url: str) -> str:
    """Return a URL like those of libpq, with hosts separated by commas, as SQLAlchemy writes it."""
    found = SEVERAL_HOSTS.fullmatch(url)
    if not found:
        return url
    start, hosts, path, query = found.groups(default="")
    named = "&".join(f"host={host}" for host in hosts.split(","))
    return f"{start}{path}?{named}{query.replace('?', '&', 1)}"


def own_options(url: sa.URL) -> dict[str, str]:
    """Return the settings of $PGOPTIONS and of `options` in the URL. Raises DatabaseIncompatible."""
    own = url.query.get("options", "")
    texts = (os.environ.get("PGOPTIONS", ""), own if isinstance(own, str) else " ".join(own))
    return {name: value for text in texts for name, value in parse_options(text).items()}


def parse_options(text: str) -> dict[str, str]:
    """Return the settings in a text like `-c search_path=ra`."""
    found, rest = {}, text.strip()
    while rest:
        option = OPTION.match(rest)
        if not option:
            why = f"an option of the database cannot be used: {rest[:40]}"
            raise DatabaseIncompatible(why, hint=HINT_OPTIONS)
        found[option[1].replace("-", "_")] = re.sub(r"\\(.)", r"\1", option[2])
        rest = rest[option.end() :]
    return found


def require_session_pooling(connection: Any) -> None:
    """Raise DatabaseIncompatible behind a pooler that gives each transaction another session.

    A server announces the id of its process; a pooler invents one. Behind a pooler a second connection shows
    whether the session that this one used a moment ago is still its own.
    """
    first = session_id(connection)
    if first == connection.info.backend_pid:
        return
    password = connection.info.password or None
    second = type(connection).connect(connection.info.dsn, password=password, options="", autocommit=True)
    with closing(second):
        is_shared = session_id(second) == first
    if is_shared or session_id(connection) != first:
        raise DatabaseIncompatible(TRANSACTION_POOLING, hint=HINT_POOLING)


def session_id(connection: Any) -> int:
    """Return the id of the server's process that answers."""
    return int(connection.execute("SELECT pg_backend_pid()").fetchone()[0])
