"""What prevents an upgrade: missing rights, another encoding or schema, views and tables of the user."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from syncer.core.errors import DatabaseIncompatible

from .tables import history
from .views import views

AGAIN = "then try: syncer db upgrade"
PLACE = """
    SELECT current_schema() AS schema, current_user AS role, current_database() AS database,
           has_schema_privilege(current_schema(), 'CREATE') AS may_create,
           (SELECT relnamespace::regnamespace::text FROM pg_class
            WHERE oid = to_regclass('targets')) AS found,
           current_setting('server_encoding') AS encoding, current_setting('search_path') AS path"""
# Views that read our tables and views, directly or through others; not our own.
FOREIGN_VIEWS = """
    WITH RECURSIVE reading AS (
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:ours)
        UNION
        SELECT r.ev_class FROM reading
        JOIN pg_depend d ON d.refobjid = reading.oid AND d.refclassid = 'pg_class'::regclass
                        AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite r ON r.oid = d.objid)
    SELECT c.oid::regclass::text AS name, c.relkind = 'm' AS is_materialized
    FROM reading JOIN pg_class c USING (oid)
    WHERE c.relkind IN ('v', 'm')
      AND NOT (c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:ours))
    ORDER BY c.oid"""


@dataclass(frozen=True, slots=True)
class ForeignView:
    """A view of the user that reads ours."""

    name: str
    is_materialized: bool

    @property
    def kind(self) -> str:
        return "MATERIALIZED VIEW" if self.is_materialized else "VIEW"


def require_place(tx: sa.Connection, name: str, *, is_new: bool) -> None:
    """Raise DatabaseIncompatible if the login may not create tables, or a new history is not in UTF-8."""
    place = tx.execute(sa.text(PLACE)).one()
    schema, role = place.schema, place.role
    if schema is None:
        why = f"{name} has no schema for the tables (search_path is {place.path})"
        raise DatabaseIncompatible(why, hint=f"CREATE SCHEMA {role} AUTHORIZATION {role}; {AGAIN}")
    if place.found not in (None, schema):  # new tables would stand apart from the others
        why = f"the history in {name} is in the schema {place.found}, and search_path names {schema} first"
        raise DatabaseIncompatible(why, hint=f"Add ?options=-csearch_path={place.found} to [database] url.")
    if not place.may_create:
        why = f"{role} may not create tables in the schema {schema} of {name}"
        hint = f"As its owner: GRANT CREATE ON SCHEMA {schema} TO {role}; {AGAIN}"
        raise DatabaseIncompatible(why, hint=hint)
    if is_new and place.encoding != "UTF8":
        why = f"{name} has the encoding {place.encoding}, which cannot hold every title; nothing was changed"
        hint = "Make another: createdb --encoding UTF8 --template template0 NAME"
        raise DatabaseIncompatible(why, hint=hint)


def foreign_views(tx: sa.Connection) -> list[ForeignView]:
    """Return the user's views upon our tables and views."""
    rows = tx.execute(sa.text(FOREIGN_VIEWS), {"ours": [*history.tables, *views.tables]})
    return [ForeignView(row.name, row.is_materialized) for row in rows]


@contextmanager
def obstacles_named(name: str, users_views: Sequence[ForeignView]) -> Iterator[None]:
    """Raise DatabaseIncompatible for a view or a table of the user that is in the way of the upgrade."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", "")
        if state in ("2BP01", "0A000") and users_views:
            raise _views_in_the_way(str(error.orig), users_views) from error
        first = str(error.orig).splitlines()[0]
        if state == "42P07" or re.fullmatch(r"(table|view) \S+ already exists", first):
            hint = f"Rename what has that name (ALTER TABLE … RENAME TO …), {AGAIN}"
            why = f"{first}, and this version needs the name in {name}; nothing was changed"
            raise DatabaseIncompatible(why, hint=hint) from error
        raise


def _views_in_the_way(text: str, users_views: Sequence[ForeignView]) -> DatabaseIncompatible:
    """Return the error with the statements to type. `text`: of the server, in its language, names them."""
    found = [view for view in users_views if re.search(rf"(?<![\w.]){re.escape(view.name)}(?![\w.])", text)]
    found = found or list(users_views)
    names = ", ".join(view.name for view in found)
    tables = " ".join(f"--table={view.name}" for view in found)
    drops = "; ".join(f"DROP {view.kind} {view.name}" for view in reversed(found))
    why = f"the upgrade changes columns that your views read: {names}; nothing was changed"
    hint = f"Save them: pg_dump --schema-only {tables}; in psql: {drops}; {AGAIN}; create them again."
    return DatabaseIncompatible(why, hint=hint)
