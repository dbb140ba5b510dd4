"""The games that a player had played by a moment, as far as it is stored."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.progress import EPOCH, GameId
from syncer.store.db.account_tables import games_played, play_sessions, unlocks
from syncer.store.db.moment import Moment, latest_of
from syncer.store.db.tables import counts, games, snapshots, targets

from .base import Reader, Row

INFO = (games.c.title, games.c.console_id, games.c.console_name, games.c.icon_path)


class RecentlyPlayedQueries(Reader):
    """The followed games of one player by when they were played last; times are UTC."""

    def page(self, player_id: int, moment: datetime, offset: int, count: int) -> list[Row]:
        """Return followed games that were played by a moment, the last one first.

        `last_played_at` is None, and the game at the end, where only the numbers or the site's list of
        games show that it was played. Events are left out, as the site does.
        """
        t, last = targets.c, _last_played(moment).label("last_played_at")
        is_followed = sa.or_(t.removed_at.is_(None), t.removed_at > moment)
        query = sa.select(t.game_id, last).where(t.player_id == player_id, is_followed, counts(t.game_id))
        # Equal times have no order at the site; the order by id keeps pages apart.
        query = query.where(_is_played(moment)).order_by(last.desc().nulls_last(), t.game_id)
        # Only the games of the page are joined.
        page = query.offset(offset).limit(count).subquery()
        found = sa.select(page, *INFO).join(games, games.c.id == page.c.game_id)
        return self._rows(found.order_by(page.c.last_played_at.desc().nulls_last(), page.c.game_id))

    def newest(self, player_id: int, limit: int) -> list[tuple[GameId, datetime]]:
        """Return the followed games that were played last, each with the site's own date."""
        t, g = targets.c, games_played.c
        followed = sa.and_(t.player_id == g.player_id, t.game_id == g.game_id, t.removed_at.is_(None))
        query = sa.select(g.game_id, g.last_played_at).join_from(games_played, targets, followed)
        query = query.where(g.player_id == player_id).order_by(g.last_played_at.desc(), g.game_id)
        with self._database.reading() as tx:
            return [(row.game_id, row.last_played_at) for row in tx.execute(query.limit(limit))]


def _last_played(moment: datetime) -> sa.ColumnElement[Any]:
    """Return the last moment by then at which something shows that the game of a target was played."""
    never = sa.literal(EPOCH, Moment)
    found = (_newest_unlock(moment), _date_of_the_site(moment), _newest_session(moment))
    latest = latest_of(*(sa.func.coalesce(query.scalar_subquery(), never) for query in found))
    return sa.func.nullif(latest, never, type_=Moment)


def _newest_unlock(moment: datetime) -> sa.Select[Any]:
    was_there = sa.or_(unlocks.c.gone_at.is_(None), unlocks.c.gone_at > moment)
    # Not max(), which would go through all unlocks of the game.
    return _unlocks_by(moment).where(was_there).order_by(unlocks.c.unlocked_at.desc()).limit(1)


def _date_of_the_site(moment: datetime) -> sa.Select[Any]:
    """Return the query of the site's own date, which is known of the last time only."""
    t, g = targets.c, games_played.c
    mine = (g.player_id == t.player_id, g.game_id == t.game_id, g.last_played_at <= moment)
    return sa.select(g.last_played_at).where(*mine).correlate(targets)


def _newest_session(moment: datetime) -> sa.Select[Any]:
    """Return the query of the last date of the site within the session before, or around, a moment."""
    t, s = targets.c, play_sessions.c
    # While it lasted, nothing between its first and its last date is known.
    date = sa.case((s.ended_at <= moment, s.ended_at), else_=s.started_before)
    mine = (s.player_id == t.player_id, s.game_id == t.game_id, s.started_before <= moment)
    return sa.select(date).where(*mine).order_by(s.started_after.desc()).limit(1).correlate(targets)


def _is_played(moment: datetime) -> sa.ColumnElement[bool]:
    """Return whether anything shows that the game of a target had been played by a moment.

    A reset takes the unlocks away, but not the game from the site's list: what had been there counts, too.
    """
    t, s = targets.c, snapshots.c
    was_listed = sa.and_(t.source == "played", t.added_at <= moment)
    counted = sa.select(s.id).where(s.player_id == t.player_id, s.game_id == t.game_id)
    counted = counted.where(s.first_seen_at <= moment, s.num_achieved > 0).correlate(targets)
    dates = (_unlocks_by(moment), _date_of_the_site(moment), _newest_session(moment))
    return sa.or_(was_listed, *map(sa.exists, dates), sa.exists(counted))


def _unlocks_by(moment: datetime) -> sa.Select[Any]:
    t, u = targets.c, unlocks.c
    mine = (u.player_id == t.player_id, u.game_id == t.game_id, u.unlocked_at <= moment)
    return sa.select(u.unlocked_at).where(*mine).correlate(targets)
