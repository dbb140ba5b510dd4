"""Objects that others put into a database file, written so that they look harmless or cannot be seen."""

from .mutation import Mutation, Stored

TRIGGER = "CREATE TRIGGER eat AFTER INSERT ON runs BEGIN DELETE FROM unlocks; END"
INDEX = "CREATE UNIQUE INDEX mine ON runs (id, error)"
OBJECT_MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "a trigger with a name of SQLite": (
        Stored(
            TRIGGER,
            "eat",
            "name = 'sqlite_x', sql = replace(sql, 'eat', 'sqlite_x')",
        ),
        "trigger sqlite_x on runs is not ours",
    ),
    "a unique index with a name of SQLite": (
        Stored(
            INDEX,
            "mine",
            "name = 'sqlite_autoindex_u', sql = replace(sql, 'mine', 'sqlite_autoindex_u')",
        ),
        "index sqlite_autoindex_u on runs is not ours",
    ),
    "a trigger with a name of SQLite's own table": (
        Stored(
            TRIGGER,
            "eat",
            "name = 'sqlite_stat1', sql = replace(sql, 'eat', 'sqlite_stat1')",
        ),
        "trigger sqlite_stat1 on runs is not ours",
    ),
    "a trigger whose kind is in capitals": (
        Stored(
            TRIGGER,
            "eat",
            "type = 'TRIGGER'",
        ),
        "trigger eat on runs is not ours",
    ),
    "a trigger whose kind is in bytes": (
        Stored(
            TRIGGER,
            "eat",
            "type = CAST(type AS BLOB), sql = CAST(sql AS BLOB)",
        ),
        "trigger eat on runs is not ours",
    ),
    "a trigger whose table has a NUL": (
        Stored(
            TRIGGER,
            "eat",
            "tbl_name = 'runs' || char(0) || 'x'",
        ),
        "trigger eat on runs is not ours",
    ),
    "a unique index with a comment": (
        Stored(
            INDEX,
            "mine",
            "sql = replace(sql, 'CREATE', 'CREATE --c' || char(10))",
        ),
        "index mine on runs is not ours",
    ),
    "a unique index with a condition": (
        Stored(
            "CREATE UNIQUE INDEX mine ON Runs (player_id) WHERE id < 0",
            "mine",
            "sql = replace(sql, 'CREATE', 'CREATE/**/')",
        ),
        "index mine on runs is not ours",
    ),
    "a unique index behind a table that hides the pragma": (
        Stored(
            INDEX,
            "mine",
            "sql = replace(sql, 'CREATE', 'CREATE/**/')",
            "CREATE TABLE pragma_index_list (name, [unique])",
        ),
        "index mine on runs is not ours",
    ),
    "a foreign key of another table that deletes": (
        "CREATE TABLE notes (id INTEGER, game INTEGER REFERENCES Games ON DELETE CASCADE)",
        "foreign key of notes to games with CASCADE is not ours",
    ),
    "a foreign key of another table that sets null": (
        'CREATE TABLE "a ""note" (game INTEGER, FOREIGN KEY (game) REFERENCES games (id) ON UPDATE SET NULL)',
        'foreign key of a "note to games with SET NULL is not ours',
    ),
    "a trigger on another table that deletes history": (
        "CREATE TABLE notes (id INTEGER); "
        "CREATE TRIGGER eat AFTER DELETE ON notes BEGIN DELETE FROM 'Unlocks'; END",
        "trigger eat on notes, which names unlocks, is not ours",
    ),
    "a condition behind a NUL": (
        Stored(
            "DROP INDEX games_events; CREATE INDEX games_events ON games (id)",
            "games_events",
            "sql = sql || '/* ' || char(0) || '*/ WHERE is_event'",
        ),
        "index games_events was changed",
    ),
}
