"""Write when games were played, and for how long."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.play import PlayDecision, PlaySession, Probe, RecentGame
from syncer.core.model.progress import GameId
from syncer.core.polling.sessions import decide_play
from syncer.store.db.account_tables import games_played, play_sessions, playtime
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.play import newest_playtime, open_sessions, played_dates

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


def record_play(
    tx: sa.Connection,
    player_id: int,
    rows: Sequence[RecentGame],
    probe: Probe,
    at: datetime,
    *,
    has_sessions: bool,
) -> PlayDecision:
    """Store what a page of recently played games shows of play; return it. Twice changes nothing.

    `at`: our time, of which titles are. Without `has_sessions` only the dates are stored.
    """
    dates = played_dates(tx, player_id, [row.game_id for row in rows])
    basis = probe if has_sessions else Probe(probe.at, None)
    decision = decide_play(rows, dates, open_sessions(tx, player_id), basis)
    save_game_infos(tx, [row.info for row in rows if row.game_id in decision.dates], at)
    _save_dates(tx, player_id, decision)
    _save_sessions(tx, player_id, decision)
    return decision


def record_dates(tx: sa.Connection, player_id: int, rows: Sequence[RecentGame], at: datetime) -> None:
    """Store when games were played last, which were not played just now. Twice changes nothing."""
    stored = played_dates(tx, player_id, [row.game_id for row in rows])
    dates = {row.game_id: row.last_played_at for row in rows if row.last_played_at}
    moved = {game_id: date for game_id, date in dates.items() if stored.get(game_id) != date}
    save_game_infos(tx, [row.info for row in rows if row.game_id in moved], at)
    _save_dates(tx, player_id, PlayDecision(moved))


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
    key |= {"of_started_after": session.started_after}
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
