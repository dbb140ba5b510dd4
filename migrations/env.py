"""Runs migrations on the connection (or engine) that was handed over; else on $SYNCER_DATABASE__URL."""

import os

import sqlalchemy as sa
from alembic import context


def run(connection: sa.Connection) -> None:
    context.configure(connection=connection, target_metadata=None, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, sa.Connection):
    run(given)
else:
    engine = given or sa.create_engine(os.environ["SYNCER_DATABASE__URL"])
    with engine.begin() as opened:
        run(opened)
