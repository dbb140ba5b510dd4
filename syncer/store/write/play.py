"""Write when games were played, and for how long."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.model.decision import RecentRows
from syncer.core.model.play import PlayDecision, PlaySession, Probe, RecentGame
from syncer.core.model.progress import GameId
from syncer.core.polling.sessions import decide_play
from syncer.store.db.account_tables import games_played, play_sessions, playtime
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.play import has_gap_since, newest_playtime, open_sessions, played_dates

from .game_infos import save_game_infos

p = playtime.c
SESSION_KEY = ("player_id", "game_id", "started_after")
UPDATE_SESSION = (
    play_sessions.update()
    .where(*(play_sessions.c[name] == sa.bindparam(f"of_{name}") for name in SESSION_KEY))
    .values(ended_at=sa.bindparam("end"), is_open=sa.bindparam("open"))
)
UPDATE_DATE = (
    games_played.update()
    .where(*(games_played.c[name] == sa.bindparam(f"of_{name}") for name in ("player_id", "game_id")))
    .values(last_played_at=sa.bindparam("date"))
)


def record_play(tx: sa.Connection, player_id: int, recent: RecentRows, at: datetime) -> PlayDecision:
    """Store what a probe shows of play; return it. Twice changes nothing. `at`: by our clock.

    In the transaction that has extended the account's polls. A player without sessions has only dates.
    """
    dates = played_dates(tx, player_id, [row.game_id for row in recent.games])
    probe = _probe(tx, player_id, recent, at)
    decision = decide_play(recent.games, dates, open_sessions(tx, player_id, probe.previous_at), probe)
    save_game_infos(tx, [row.info for row in recent.games if row.game_id in decision.dates], at)
    _save_dates(tx, player_id, decision)
    _save_sessions(tx, player_id, decision)
    return decision


def record_dates(tx: sa.Connection, player_id: int, rows: Iterable[RecentGame], at: datetime) -> None:
    """Store when games were played last, which were not played just now. Twice changes nothing."""
    rows = list(rows)
    stored = played_dates(tx, player_id, [row.game_id for row in rows])
    dates = {row.game_id: row.last_played_at for row in rows if row.last_played_at}
    moved = {game_id: date for game_id, date in dates.items() if stored.get(game_id) != date}
    save_game_infos(tx, [row.info for row in rows if row.game_id in moved], at)
    _save_dates(tx, player_id, PlayDecision(moved))


def _probe(tx: sa.Connection, player_id: int, recent: RecentRows, at: datetime) -> Probe:
    """Return the moments of a probe by the site's clock, as its rows are: ours may differ by minutes."""
    previous_at = recent.previous_at if recent.keeps_sessions else None  # None: a baseline has no sessions
    if previous_at is None:
        return Probe(recent.date or at, None)
    has_gap = has_gap_since(tx, player_id, previous_at)
    offset = recent.date - at if recent.date else timedelta(0)
    return Probe(at + offset, previous_at + offset, has_gap, recent.is_whole)


def _save_dates(tx: sa.Connection, player_id: int, decision: PlayDecision) -> None:
    if not decision.dates:
        return
    moved = [(game_id, date) for game_id, date in sorted(decision.dates.items())]
    rows = [{"player_id": player_id, "game_id": game, "last_played_at": date} for game, date in moved]
    tx.execute(insert_or_ignore(tx, games_played), rows)
    tx.execute(UPDATE_DATE, [{"of_player_id": player_id, "of_game_id": g, "date": date} for g, date in moved])


def _save_sessions(tx: sa.Connection, player_id: int, decision: PlayDecision) -> None:
    if decision.changed:
        tx.execute(UPDATE_SESSION, [_change(player_id, session) for session in decision.changed])
    if decision.opened:
        tx.execute(insert_or_ignore(tx, play_sessions), list(_rows(player_id, decision.opened)))


def _change(player_id: int, session: PlaySession) -> dict[str, Any]:
    key: dict[str, Any] = {"of_player_id": player_id, "of_game_id": session.game_id}
    key["of_started_after"] = session.started_after
    return key | {"end": session.ended_at, "open": session.is_open}


def _rows(player_id: int, sessions: Iterable[PlaySession]) -> Iterable[dict[str, Any]]:
    for session in sessions:
        yield {
            "player_id": player_id,
            "game_id": session.game_id,
            "started_after": session.started_after,
            "started_before": session.started_before,
            "ended_at": session.ended_at,
            "is_open": session.is_open,
            "after_gap": session.after_gap,
        }


def save_playtime(
    tx: sa.Connection, player_id: int, game_id: GameId, seconds: int | None, at: datetime
) -> None:
    """Store how long a game was played in all; a row goes on while the number stays. None: not sent."""
    if seconds is None:
        return
    newest = newest_playtime(tx, player_id, game_id)
    if newest and newest.seconds == seconds:
        row = sa.and_(p.player_id == player_id, p.game_id == game_id, p.first_seen_at == newest.first_seen_at)
        tx.execute(playtime.update().where(row, p.last_seen_at < at).values(last_seen_at=at))
    elif newest is None or newest.last_seen_at < at:
        added = {"first_seen_at": at, "last_seen_at": at, "seconds": seconds}
        tx.execute(insert_or_ignore(tx, playtime).values(player_id=player_id, game_id=game_id, **added))
