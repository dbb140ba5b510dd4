"""Runs the migrations of the job queue ([cluster] enabled) on the connection that was handed over.

They have a schema of PostgreSQL to themselves: their tables are no part of the history, which db check,
db copy and db backup are about.
"""

from alembic import context

attributes = context.config.attributes
context.configure(connection=attributes["connection"], version_table_schema=attributes["schema"])
with context.begin_transaction():
    context.run_migrations()
