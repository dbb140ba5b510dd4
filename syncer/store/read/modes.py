"""The two unlocks of one achievement: in softcore, and later or at the same moment in hardcore.

What is unlocked in hardcore counts in softcore from the same moment on: two rows of one moment are one
unlock, in hardcore.
"""

from typing import Any

import sqlalchemy as sa

from syncer.store.db.account_tables import unlocks

OTHER = unlocks.alias("other_mode").c  # made once: an alias costs 0.4 ms


def is_listed(u: Any) -> sa.ColumnElement[bool]:
    """Return whether an unlock has a row of its own in a list."""
    at_once = sa.exists().where(*_same(u), OTHER.hardcore, OTHER.unlocked_at == u.unlocked_at)
    return sa.or_(u.hardcore, ~at_once)


def is_upgrade(u: Any) -> sa.ColumnElement[bool]:
    """Return whether it was unlocked in softcore before, so that sums do not count it again."""
    earlier = sa.exists().where(*_same(u), ~OTHER.hardcore, OTHER.unlocked_at < u.unlocked_at)
    return sa.and_(u.hardcore, earlier)


def _same(u: Any) -> tuple[sa.ColumnElement[bool], ...]:
    mine = (OTHER.player_id == u.player_id, OTHER.achievement_id == u.achievement_id)
    return (*mine, OTHER.gone_at.is_(None))
