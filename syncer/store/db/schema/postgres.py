"""Read the schema of a PostgreSQL database from its catalogue, in one query."""

import sqlalchemy as sa

from .found import FoundSchema, OwnNames

# The majors by which schema.json was written. Others may print an expression in other words: there only its
# existence is compared. A user of an untested server must not be refused for a bracket.
TESTED = (15, 18)
PRINTED = ("view", "constraint", "index")

# What the names of our tables lead to by the search path: a view of that name in another schema, too.
QUERY = sa.text(
    """
    WITH ours AS (
        SELECT oid, CAST(relname AS text) AS name, relkind, relrowsecurity FROM pg_class
        WHERE relname = ANY (:relations) AND relkind IN ('r', 'v', 'm', 'p', 'f')
          AND pg_table_is_visible(oid))
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' ELSE 'relation' END AS kind, name,
           CASE relkind WHEN 'v' THEN pg_get_viewdef(oid, true) ELSE CAST(relkind AS text) END AS definition
    FROM ours
    UNION ALL
    SELECT 'column', o.name || '.' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attnotnull THEN 'not null' END, pg_get_expr(d.adbin, d.adrelid),
           nullif(a.attidentity, ''), nullif(a.attgenerated, ''))
    FROM ours o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    UNION ALL
    SELECT 'constraint', o.name || '.' || c.conname, pg_get_constraintdef(c.oid, true)
    FROM ours o JOIN pg_constraint c ON c.conrelid = o.oid AND c.contype IN ('p', 'u', 'c', 'f', 'x')
    UNION ALL
    SELECT CASE WHEN i.indisunique THEN 'unique index' ELSE 'index' END,
           CAST(c.relname AS text) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END,
           pg_get_indexdef(i.indexrelid, 0, true)
    FROM ours o JOIN pg_index i ON i.indrelid = o.oid JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = o.oid)
    UNION ALL
    SELECT 'refused', 'trigger ' || t.tgname || ' on ' || o.name, ''
    FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 'refused', 'rule ' || r.rulename || ' on ' || o.name, ''
    FROM ours o JOIN pg_rewrite r ON r.ev_class = o.oid AND r.rulename <> '_RETURN'
    UNION ALL
    SELECT 'refused', 'row level security on ' || name, '' FROM ours WHERE relrowsecurity
    UNION ALL
    SELECT 'refused', 'table ' || CAST(i.inhrelid AS regclass) || ', which inherits ' || o.name, ''
    FROM ours o JOIN pg_inherits i ON i.inhparent = o.oid
    UNION ALL
    SELECT 'foreign', CASE WHEN relkind IN ('v', 'm') THEN 'view ' ELSE 'table ' END || relname, ''
    FROM pg_class
    WHERE relnamespace = CAST(current_schema() AS regnamespace) AND relkind IN ('r', 'v', 'm', 'p', 'f')
      AND relname <> ALL (:relations)
    UNION ALL
    SELECT 'foreign', 'event trigger ' || evtname, '' FROM pg_event_trigger
    """
).bindparams(sa.bindparam("relations", type_=sa.ARRAY(sa.Text)))


def read(tx: sa.Connection, own: OwnNames) -> FoundSchema:
    """Return what the database holds."""
    found = FoundSchema()
    for kind, name, definition in tx.execute(QUERY, {"relations": sorted(own.relations)}).all():
        _add(found, own, kind, name, " ".join(definition.split()))
    return found


def _add(found: FoundSchema, own: OwnNames, kind: str, name: str, definition: str) -> None:
    if kind == "refused":
        found.refused.append(name)
    elif kind == "foreign":
        found.foreign.append(name)
    elif not kind.endswith("index") or name in own.indexes:
        found.add(f"{kind.removeprefix('unique ')} {name}", definition)
    elif kind == "unique index":
        found.refused.append(f"unique index {name}")
    else:
        found.foreign.append(f"index {name}")


def is_comparable(tx: sa.Connection, part: str) -> bool:
    """Return whether this server prints the definition of the part as a tested one does."""
    major = (tx.dialect.server_version_info or (0,))[0]
    return major in TESTED or not part.startswith(PRINTED)
