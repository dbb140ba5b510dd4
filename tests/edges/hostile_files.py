"""What an attacker, or a person with an editor, may do to a database file, and what is said about it."""

from .mutation import Mutation, Rewrite, Unchecked

SCHEMA_MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "a trigger that deletes history": (
        "CREATE TRIGGER eat AFTER INSERT ON runs BEGIN DELETE FROM unlocks; END",
        "trigger eat on runs is not ours",
    ),
    "a trigger instead of a view": (
        "CREATE TRIGGER v INSTEAD OF DELETE ON player_totals BEGIN DELETE FROM games; END",
        "trigger v on player_totals is not ours",
    ),
    "a replaced view": (
        "DROP VIEW player_totals; CREATE VIEW player_totals AS SELECT 1 AS player_id",
        "view player_totals was changed",
    ),
    "a view that reads other columns": (
        Rewrite("view", "player_totals", "sum(s.score_achieved)", "sum(s.possible_score)"),
        "view player_totals was changed",
    ),
    "a missing view": ("DROP VIEW coverage_gaps", "view coverage_gaps is missing"),
    "a view in place of a table": (
        "ALTER TABLE consoles RENAME TO theirs; CREATE VIEW consoles AS SELECT * FROM theirs",
        "table consoles is missing",
    ),
    "a virtual table in place of a table": (
        "DROP TABLE consoles; CREATE VIRTUAL TABLE consoles USING fts5(id, name, games_listed_at)",
        "table consoles was changed",
    ),
    "a view whose name differs in case": (
        "DROP VIEW coverage_gaps; CREATE VIEW Coverage_Gaps AS SELECT 1 AS x",
        "view coverage_gaps was changed",
    ),
    "a missing table": ("DROP TABLE messages", "table messages is missing"),
    "a dropped unique index": ("DROP INDEX snapshots_open", "index snapshots_open is missing"),
    "an index that is no longer unique": (
        "DROP INDEX unlocks_current; CREATE INDEX unlocks_current ON unlocks (player_id)",
        "index unlocks_current was changed",
    ),
    "an index without its condition": (
        "DROP INDEX games_events; CREATE INDEX games_events ON games (id)",
        "index games_events was changed",
    ),
    "a unique index of another": (
        "CREATE UNIQUE INDEX one_run ON runs (trigger, player_id, id)",
        "index one_run on runs is not ours",
    ),
    "an added column": ("ALTER TABLE runs ADD COLUMN note TEXT", "column runs.note is not ours"),
    "a missing column": ("ALTER TABLE runs DROP COLUMN error", "column runs.error is missing"),
    "a renamed column": ("ALTER TABLE games RENAME COLUMN title TO name", "column games.title is missing"),
    "another type": (
        Rewrite("table", "games", "title TEXT", "title BLOB"),
        "column games.title was changed",
    ),
    "a column that may be null": (
        Rewrite("table", "players", "username VARCHAR(64) NOT NULL", "username VARCHAR(64)"),
        "column players.username was changed",
    ),
    "a column that may be null, by quotes": (
        Rewrite("table", "consoles", "name TEXT NOT NULL", 'name TEXT "NOT" NULL'),
        "column consoles.name was changed",
    ),
    "a key that is not the row's number, by quotes": (
        Rewrite("table", "consoles", "id INTEGER", 'id "INTEGER"'),
        "column consoles.id was changed",
    ),
    "a column whose name ends with a space that is none": (
        Rewrite("table", "games", "title TEXT", "title\u00a0 TEXT"),
        "column games.title",
    ),
    "another default": (
        Rewrite("table", "games", "DEFAULT 0", "DEFAULT 1"),
        "column games.is_event was changed",
    ),
    "a weaker check": (
        Rewrite("table", "snapshots", "poll_count >= 1", "poll_count >= 0"),
        "constraint snapshots.snapshots_poll_count was changed",
    ),
    "a check that compares with a name in quotes": (
        Rewrite("table", "snapshots", "(closed_at IS NULL)", '(closed_at IS "NULL")'),
        "constraint snapshots.snapshots_closed was changed",
    ),
    "a missing foreign key": (
        Rewrite("table", "targets", ", \n\tFOREIGN KEY(game_id) REFERENCES games (id)", ""),
        "references games ( id ) is missing",
    ),
    "a foreign key that deletes": (
        Rewrite("table", "targets", "REFERENCES players (id)", "REFERENCES players (id) ON DELETE CASCADE"),
        "is not ours",
    ),
    "a table without rowids": (
        "DROP TABLE player_jobs; CREATE TABLE player_jobs (kind TEXT PRIMARY KEY) WITHOUT ROWID",
        "table player_jobs was changed",
    ),
    "two stamps": ("INSERT INTO alembic_version VALUES ('0001')", "which revision"),
    "a stamp that is no text": ("UPDATE alembic_version SET version_num = x'00'", "which revision"),
    "a table of stamps without its column": (
        "ALTER TABLE alembic_version RENAME COLUMN version_num TO number",
        "which revision",
    ),
    "the stamp of an older revision": (
        "UPDATE alembic_version SET version_num = '0005'",
        "is not as revision 0005 makes it",
    ),
}
VALUE_MUTATIONS: dict[str, tuple[Mutation, str]] = {
    "a text as a number": ("UPDATE targets SET failures = 'many'", "targets.failures"),
    "a fraction as a number": ("UPDATE targets SET failures = 0.5", "targets.failures"),
    "a negative number": ("UPDATE targets SET promised_seconds = -900", "targets.promised_seconds"),
    "a number beyond 32 bits": ("UPDATE games SET console_id = 4294967296", "games.console_id"),
    "a number against a check": (
        "UPDATE snapshots SET poll_count = 0 WHERE id = 1",
        "1 rows of snapshots break snapshots_poll_count",
    ),
    "bytes as a text": ("UPDATE games SET title = x'1b5b324a'", "games.title"),
    "an escape sequence": ("UPDATE games SET title = char(27) || '[2J'", "games.title"),
    "a C1 control character": ("UPDATE players SET username = 'a' || char(155)", "players.username"),
    "an override of the direction": ("UPDATE games SET title = char(8238) || 'gnp.exe'", "games.title"),
    "a NUL inside a text": ("UPDATE games SET title = 'a' || char(0) || 'b'", "games.title"),
    "a text that is too long": ("UPDATE players SET username = printf('%.*c', 65, 'x')", "players.username"),
    "a moment that is no date": (
        "UPDATE players SET added_at = '2026-02-30 00:00:00.000'",
        "values of players.added_at are not times",
    ),
    "a moment in another form": ("UPDATE players SET gone_at = 'yesterday'", "players.gone_at"),
    "a boolean of 2": ("UPDATE games SET is_event = 2", "games.is_event"),
    "a null in a column that needs a value": (
        Unchecked("runs", "UPDATE runs SET trigger = NULL"),
        "NULL value in runs.trigger",
    ),
    "a row without its parent": ("DELETE FROM games WHERE id = 2", "row without parent in targets"),
    "a snapshot that overlaps": (
        "UPDATE snapshots SET last_seen_at = '2099-01-01 00:00:00.000'",
        "overlapping snapshots",
    ),
    "two times of the account that overlap": (
        "INSERT INTO account_polls (player_id, first_seen_at, last_seen_at, poll_count, promised_seconds, "
        "after_gap, is_open) VALUES (1, '2020-01-01 00:00:00.000', '2020-01-01 00:00:00.000', 1, 900, 1, 0)",
        "overlapping rows of account_polls",
    ),
    "an account without an open time": (
        "UPDATE account_polls SET is_open = 0",
        "newest row of account_polls is not the open one",
    ),
    "play sessions that overlap": (
        "INSERT INTO play_sessions VALUES (1, 1, '2026-05-01 12:00:00.000', '2026-05-01 12:10:00.000', "
        "'2026-05-01 13:00:00.000', 0, 0), (1, 1, '2026-05-01 12:30:00.000', '2026-05-01 12:40:00.000', "
        "'2026-05-01 13:30:00.000', 0, 0)",
        "overlapping play sessions",
    ),
}

POSTGRES_MUTATIONS = {
    "a trigger": (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "CREATE TRIGGER eat BEFORE INSERT ON snapshots FOR EACH ROW EXECUTE FUNCTION f()",
        "trigger eat on snapshots is not ours",
    ),
    "a rule": (
        "CREATE RULE eat AS ON INSERT TO snapshots DO INSTEAD NOTHING",
        "rule eat on snapshots is not ours",
    ),
    "row level security": (
        "ALTER TABLE unlocks ENABLE ROW LEVEL SECURITY",
        "row level security on unlocks is not ours",
    ),
    "a table that inherits": (
        "CREATE TABLE more () INHERITS (unlocks)",
        "table more, which inherits unlocks is not ours",
    ),
    "a view in a schema that is found first": (
        "CREATE SCHEMA tester; CREATE VIEW tester.games AS SELECT * FROM public.games",
        "table games is missing",
    ),
    "a replaced view": (
        "CREATE OR REPLACE VIEW coverage_gaps AS SELECT player_id, username, game_id, title, "
        "first_seen_at AS started_at, last_seen_at AS ended_at, 'target' AS scope FROM progress_changes",
        "view coverage_gaps was changed",
    ),
    "a dropped unique index": ("DROP INDEX snapshots_open", "index snapshots_open is missing"),
    "another type": (
        "ALTER TABLE games ALTER COLUMN console_id TYPE bigint",
        "column games.console_id was changed",
    ),
    "a dropped constraint": (
        "ALTER TABLE snapshots DROP CONSTRAINT snapshots_closed",
        "constraint snapshots.snapshots_closed is missing",
    ),
    "the stamp of an older revision": (
        "UPDATE alembic_version SET version_num = '0005'",
        "is not as revision 0005 makes it",
    ),
}
