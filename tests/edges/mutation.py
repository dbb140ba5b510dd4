"""Changes of a database file that no statement of ours makes, and how they are made."""

import sqlite3
from pathlib import Path
from typing import NamedTuple


class Rewrite(NamedTuple):
    """A change of a statement in sqlite_master: `old` becomes `new`."""

    kind: str
    name: str
    old: str
    new: str


class Unchecked(NamedTuple):
    """A statement that runs while no column of the table needs a value."""

    table: str
    statement: str


class Stored(NamedTuple):
    """A row of sqlite_master of an object that is made under one name and gets other values there."""

    statement: str
    name: str
    values: str
    before: str = ""


Mutation = str | Rewrite | Unchecked | Stored


def mutate(path: Path, change: Mutation) -> None:
    """Change a file, whatever its constraints say."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        if isinstance(change, str):
            connection.executescript(change)
        elif isinstance(change, Stored):
            connection.executescript(f"{change.before}; {change.statement}; PRAGMA writable_schema = ON")
            update = f"UPDATE sqlite_master SET {change.values} WHERE name = ?"  # noqa: S608
            connection.execute(update, (change.name,))
            connection.commit()
        elif isinstance(change, Rewrite):
            store(connection, change.name, text_of(connection, change.name).replace(change.old, change.new))
        else:
            text = text_of(connection, change.table)
            store(connection, change.table, text.replace(" NOT NULL", ""))
            connection.execute("PRAGMA writable_schema = RESET")
            connection.execute(change.statement)
            store(connection, change.table, text)
    connection.close()


def text_of(connection: sqlite3.Connection, name: str) -> str:
    (text,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    return str(text)


def store(connection: sqlite3.Connection, name: str, text: str) -> None:
    assert text != text_of(connection, name)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (text, name))
    connection.commit()
