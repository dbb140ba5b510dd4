"""Parameters of statements that are built once: building one takes longer than executing it."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from .moment import Moment

PLAYER: sa.BindParameter[int] = sa.bindparam("player")
AT: sa.BindParameter[datetime] = sa.bindparam("at", type_=Moment())


def is_among(column: sa.ColumnElement[str], words: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition that the column is one of our words, which become part of the statement.

    SQLAlchemy renders a list of parameters again at each call.
    """
    return column.in_([sa.literal_column(f"'{word}'") for word in words])
