"""When games were played, and for how long."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.play import PlaySession, Playtime
from syncer.core.model.progress import EPOCH, GameId
from syncer.core.polling.hours import REPORT_INTERVAL, Played, TotalPlayed, played_by_day, total_played
from syncer.store.db.account_tables import account_polls, games_played, play_sessions, playtime
from syncer.store.db.any_of import any_of
from syncer.store.db.parameters import PLAYER

from .base import Reader

DAY = timedelta(days=1)
p, s, g, a = playtime.c, play_sessions.c, games_played.c, account_polls.c
SINCE: sa.BindParameter[datetime] = sa.bindparam("since")
PLAYED_DATES = (
    sa.select(g.game_id, g.last_played_at)
    .where(g.player_id == PLAYER, any_of(g.game_id, "ids"))
    .order_by(g.game_id)
    .with_for_update()
)
GAP_SINCE = sa.select(a.id).where(a.player_id == PLAYER, a.after_gap, a.first_seen_at > SINCE).limit(1)
SESSION = (s.game_id, s.started_after, s.started_before, s.ended_at, s.is_open, s.after_gap)

OPEN_SESSIONS = sa.select(*SESSION).where(s.player_id == PLAYER, s.is_open, s.ended_at > SINCE)


def played_dates(tx: sa.Connection, player_id: int, games: Sequence[GameId]) -> dict[GameId, datetime]:
    """Return when each of the games was played last; the rows stay locked."""
    rows = tx.execute(PLAYED_DATES, {"player": player_id, "ids": games}).all()
    return {row.game_id: row.last_played_at for row in rows}


def open_sessions(tx: sa.Connection, player_id: int, probed_at: datetime | None) -> list[PlaySession]:
    """Return the sessions that may go on. `probed_at`: of the newest probe, which left them open."""
    # Long ago: none. The rest of the table is old: the index of ended_at leaves it out.
    since = probed_at - DAY if probed_at else EPOCH
    rows = tx.execute(OPEN_SESSIONS, {"player": player_id, "since": since}).all()
    return [PlaySession(*row) for row in rows]


def sessions_since(tx: sa.Connection, player_id: int, moment: datetime) -> list[PlaySession]:
    """Return the sessions that ended after a moment, with those that may go on."""
    return _sessions(tx, sa.select(*SESSION).where(s.player_id == player_id, s.ended_at > moment))


def has_gap_since(tx: sa.Connection, player_id: int, moment: datetime) -> bool:
    """Return whether a gap of the account ended after a moment."""
    return tx.scalar(GAP_SINCE, {"player": player_id, "since": moment}) is not None


def newest_playtime(tx: sa.Connection, player_id: int, game_id: GameId) -> Playtime | None:
    """Return how long a game was played in all, by the newest answer; None: none is known."""
    query = sa.select(p.seconds, p.first_seen_at, p.last_seen_at)
    query = query.where(p.player_id == player_id, p.game_id == game_id)
    row = tx.execute(query.order_by(p.first_seen_at.desc()).limit(1)).one_or_none()
    return Playtime(*row) if row else None


def games_to_time(tx: sa.Connection, player_id: int, since: datetime, limit: int) -> list[GameId]:
    """Return games whose last session ended after `since`, and whose playtime was not read since it ended."""
    values = {"player": player_id, "since": since, "most": limit}
    return list(tx.scalars(_games_to_time_query(), values))


@cache
def _games_to_time_query() -> sa.Select[Any]:
    is_read = sa.exists().where(
        p.player_id == s.player_id, p.game_id == s.game_id, p.last_seen_at > s.ended_at
    )
    is_open = sa.alias(play_sessions)
    is_played = sa.exists().where(
        is_open.c.player_id == s.player_id, is_open.c.game_id == s.game_id, is_open.c.is_open
    )
    ended = s.ended_at > SINCE
    query = sa.select(s.game_id).where(s.player_id == PLAYER, ended, ~is_read, ~is_played)
    query = query.group_by(s.game_id).order_by(sa.func.max(s.ended_at), s.game_id)
    return query.limit(sa.bindparam("most"))


class PlayQueries(Reader):
    """The play sessions of one player; times are UTC."""

    def sessions(self, player_id: int, game_id: GameId, limit: int) -> list[PlaySession]:
        """Return the newest sessions of a game, the newest first."""
        query = sa.select(*SESSION).where(s.player_id == player_id, s.game_id == game_id)
        with self._database.reading() as tx:
            return _sessions(tx, query.order_by(s.started_after.desc()).limit(limit))

    def total(self, player_id: int, game_id: GameId) -> TotalPlayed:
        """Return how long a game was played: by the site where it is known, and by sessions."""
        query = sa.select(*SESSION).where(s.player_id == player_id, s.game_id == game_id)
        with self._database.reading() as tx:
            return total_played(newest_playtime(tx, player_id, game_id), _sessions(tx, query))

    def totals(self, player_id: int, among: Collection[GameId] | None = None) -> dict[GameId, TotalPlayed]:
        """Return how long each game was played of which it is known, or of some of them: as total()."""
        times = sa.select(p.game_id, p.seconds, p.first_seen_at, p.last_seen_at)
        times = times.where(p.player_id == player_id).order_by(p.first_seen_at)
        query = sa.select(*SESSION).where(s.player_id == player_id)
        if among is not None:
            times, query = times.where(any_of(p.game_id, "ids")), query.where(any_of(s.game_id, "ids"))
        sessions: dict[GameId, list[PlaySession]] = {}
        with self._database.reading() as tx:
            values = {} if among is None else {"ids": list(among)}
            # The last answer about a game is the newest one.
            newest = {game_id: Playtime(*row) for game_id, *row in tx.execute(times, values)}
            for row in tx.execute(query, values):
                sessions.setdefault(row.game_id, []).append(PlaySession(*row))
        games = newest.keys() | sessions.keys()
        return {game: total_played(newest.get(game), sessions.get(game, ())) for game in games}

    def by_day(self, player_id: int, zone: tzinfo, since: datetime, until: datetime) -> dict[date, Played]:
        """Return how long was played on each day between two moments on which something was."""
        query = sa.select(*SESSION).where(s.player_id == player_id)
        query = query.where(s.ended_at > since - REPORT_INTERVAL, s.started_after < until)
        with self._database.reading() as tx:
            return played_by_day(_sessions(tx, query), zone, since, until)


def _sessions(tx: sa.Connection, query: sa.Select[Any]) -> list[PlaySession]:
    return [PlaySession(*row) for row in tx.execute(query).all()]
