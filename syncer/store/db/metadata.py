"""The schema's metadata and the type of its keys: what the modules of tables share."""

import sqlalchemy as sa

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
history = sa.MetaData()
