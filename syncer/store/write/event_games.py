"""Note which games are events or hubs: the site leaves them out of its totals (site-api.md 5.2)."""

from collections.abc import Collection

import sqlalchemy as sa

from syncer.core.model.library import EVENT_CONSOLES
from syncer.store.db.tables import consoles, games

g, c = games.c, consoles.c
NO_SYSTEM = sa.not_(c.is_game_system)
# Lists of unlocks tell a game's console by its name only. A game whose console is not known yet counts.
IS_EVENT = sa.func.coalesce(
    sa.or_(g.console_id.in_(tuple(EVENT_CONSOLES)), g.console_id.in_(sa.select(c.id).where(NO_SYSTEM))),
    sa.or_(
        g.console_name.in_(tuple(EVENT_CONSOLES.values())),
        g.console_name.in_(sa.select(c.name).where(NO_SYSTEM)),
    ),
    sa.false(),
)


def mark_events(tx: sa.Connection, among: Collection[int] | None = None) -> None:
    """Set or clear the mark of the games, all or `among` some, by what is known of their consoles."""
    differs = sa.and_(g.is_event != IS_EVENT, sa.true() if among is None else g.id.in_(among))
    tx.execute(games.update().where(differs).values(is_event=IS_EVENT))
