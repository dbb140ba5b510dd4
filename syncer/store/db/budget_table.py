"""The table of the request budget. On SQLite it has its own file: a request never writes the history."""

import sqlalchemy as sa

from .moment import Moment

budget = sa.MetaData()

budgets = sa.Table(
    "budgets",
    budget,
    sa.Column("key_fingerprint", sa.String(32), primary_key=True),  # never the key
    sa.Column("next_free_at", Moment),  # the theoretical arrival time of the rate limiter
    # When a slot was last reserved. One that lies ahead shows by how much the clock was set back since.
    sa.Column("booked_at", Moment),
    sa.Column("not_before", Moment),  # no request is sent before; null: no wait
    sa.Column("wait_reason", sa.String(16)),  # retry_after, rate_limit, outage
    sa.Column("outage_failures", sa.Integer, nullable=False),
    sa.Column("refused_at", Moment),  # when it was refused first; null: it is not
    sa.Column("max_batch", sa.Integer),  # after a URL that was too long; null: as configured
    sa.Column("max_batch_until", Moment),
    sa.Column("max_rows", sa.Integer),
    sa.Column("max_rows_until", Moment),
)
