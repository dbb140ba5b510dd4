-- A login that reads the history and cannot write: for dashboards, notebooks and curious people.
-- Run it in the history's database, as the role that owns the tables (the daemon's), which must be allowed to
-- create roles; or let an administrator create the role, and the owner run this:
--
--   psql -d syncer -v ON_ERROR_STOP=1 -f readonly.sql
--   psql -d syncer -c '\password syncer_reader'
--
-- Running it twice is running it once. After an upgrade nothing needs to be done: what the same owner adds
-- later is readable, too.

BEGIN;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'syncer_reader') THEN
    CREATE ROLE syncer_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
  END IF;
END
$$;

-- The settings are a courtesy, no wall (a session may change them). The wall: only SELECT is granted.
DO $$
DECLARE
  here text := quote_ident(current_database());
BEGIN
  EXECUTE 'GRANT CONNECT ON DATABASE ' || here || ' TO syncer_reader';
  EXECUTE 'ALTER ROLE syncer_reader IN DATABASE ' || here || ' SET default_transaction_read_only = on';
  EXECUTE 'ALTER ROLE syncer_reader IN DATABASE ' || here || ' SET statement_timeout = ''60s''';
  EXECUTE 'ALTER ROLE syncer_reader IN DATABASE ' || here || ' SET timezone = ''UTC''';
END
$$;

GRANT USAGE ON SCHEMA public TO syncer_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO syncer_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO syncer_reader;

-- The waits of the Web API Keys are no history.
REVOKE ALL ON budgets FROM syncer_reader;

COMMIT;
