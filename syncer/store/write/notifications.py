"""Writing messages in the transaction of what they tell, and reading for them what was before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.clock import CLOCK_TOLERANCE
from syncer.core.model.decision import Verdict
from syncer.core.model.library import PlayedGame, Unlock
from syncer.core.model.player import Player
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.model import Message, MessageKind, Recipients
from syncer.core.notifications.rules import LastRun, award_messages, change_messages, run_state_message
from syncer.core.notifications.unlock_text import Change, gain_from
from syncer.store.db.tables import games, messages, players, runs, snapshots, targets, unlocks

NOW, BEFORE = snapshots.alias("now"), snapshots.alias("before")
RECENT_WINDOW = timedelta(days=1)
DECISIVE = ("ok", "partial", "failed")
DONE = {MessageKind.MASTERED: "num_achieved_hardcore", MessageKind.COMPLETED: "num_achieved"}


def enqueue(
    tx: sa.Connection, audience: Recipients, player_id: int | None, told: Sequence[Message], at: datetime
) -> None:
    """A row for each service. What nobody wants is not written."""
    rows = [
        {"service": service, "kind": m.kind.value, "player_id": player_id, "game_id": m.game_id}
        | {"text": m.text, "created_at": at, "next_attempt_at": at, "attempts": 0}
        for m in told
        if audience.wants(m)
        for service in audience.services
    ]
    if rows:
        tx.execute(messages.insert(), rows)


def enqueue_for_run(
    tx: sa.Connection, audience: Recipients, run: Any, report: RunReport, at: datetime
) -> None:
    """It has just been closed. `run`: its row as it was while it ran."""
    told = []
    if run.snapshots_added and run.player_id is not None:
        told += _change_messages(tx, run)
    if report.outcome in DECISIVE:
        said = _sent_outcome(tx, at) if report.outcome is RunOutcome.FAILED else ()
        told += [m for m in [run_state_message(report, _last(tx, run), said)] if m]
    enqueue(tx, audience, run.player_id, told, at)


def enqueue_for_interrupted(tx: sa.Connection, audience: Recipients, run: Any, at: datetime) -> None:
    """A process was killed before it could tell what its run had stored."""
    if run.snapshots_added and run.player_id is not None:
        enqueue(tx, audience, run.player_id, _change_messages(tx, run), at)


def enqueue_for_awards(
    tx: sa.Connection, audience: Recipients, player: Player, played: Sequence[PlayedGame], at: datetime
) -> None:
    """Before the listing is stored."""
    t = targets.c
    query = sa.select(t.game_id, t.award_kind).where(t.player_id == player.id)
    before = {game: award for game, award in tx.execute(query).all()}
    told = award_messages(player.username, played, before, player.library_synced_at, at)
    enqueue(tx, audience, player.id, [m for m in told if not _was_polled(tx, player.id, m)], at)


def _change_messages(tx: sa.Connection, run: Any) -> list[Message]:
    found = _changes(tx, run)
    gained = [c.game_id for c in found if gain_from(c)]
    earned = _earned(tx, run.player_id, gained) if gained else []
    name = tx.scalar(sa.select(players.c.username).where(players.c.id == run.player_id))
    told = change_messages(str(name), found, earned)
    return [m for m in told if m.kind not in DONE or not _already_sent(tx, run.player_id, m)]


def _already_sent(tx: sa.Connection, player_id: int, message: Message) -> bool:
    """The listing may have shown the award a moment before the look saw the numbers."""
    m, b = messages.c, BEFORE.c
    before = sa.select(sa.func.max(b.first_seen_at)).where(b.player_id == player_id, ~b.is_open)
    since = before.where(b.game_id == message.game_id).scalar_subquery()
    told = sa.and_(m.player_id == player_id, m.game_id == message.game_id, m.kind == message.kind.value)
    return tx.execute(sa.select(m.id).where(told, m.created_at >= since).limit(1)).first() is not None


def _was_polled(tx: sa.Connection, player_id: int, message: Message) -> bool:
    """Whether a look has told already that all is unlocked."""
    if message.kind not in DONE:
        return False
    s = snapshots.c
    mine = sa.and_(s.player_id == player_id, s.game_id == message.game_id, s.verdict == Verdict.CHANGED.value)
    done = sa.and_(s.num_possible_achievements > 0, s[DONE[message.kind]] >= s.num_possible_achievements)
    return tx.execute(sa.select(s.id).where(mine, done).limit(1)).first() is not None


def _changes(tx: sa.Connection, run: Any) -> list[Change]:
    """Each stretch that the run began, and the one before it."""
    n, b, t = NOW.c, BEFORE.c, targets.c
    previous = sa.select(sa.func.max(b.id)).where(
        b.player_id == n.player_id, b.game_id == n.game_id, b.id < n.id
    )
    columns = [column[name] for column in (b, n) for name in PROGRESS_COLUMNS]
    query = sa.select(n.game_id, games.c.title, n.after_gap, t.award_kind, *columns)
    query = query.join_from(NOW, BEFORE, b.id == previous.correlate(NOW).scalar_subquery())
    query = query.join(games, games.c.id == n.game_id)
    query = query.join(targets, sa.and_(t.player_id == n.player_id, t.game_id == n.game_id))
    mine = sa.and_(n.player_id == run.player_id, n.first_seen_at >= run.started_at - CLOCK_TOLERANCE)
    query = query.where(mine, n.run_id == run.id, n.verdict == Verdict.CHANGED.value).order_by(n.id)
    return [
        Change(game, title, Progress(*numbers[:6]), Progress(*numbers[6:]), gap, award)
        for game, title, gap, award, *numbers in tx.execute(query).all()
    ]


def _earned(tx: sa.Connection, player_id: int, ids: Sequence[GameId]) -> list[Unlock]:
    u = unlocks.c
    query = sa.select(u.achievement_id, u.game_id, u.title, u.points, u.hardcore, u.unlocked_at)
    query = query.where(u.player_id == player_id, u.game_id.in_(ids), u.gone_at.is_(None))
    return [Unlock(*row) for row in tx.execute(query).all()]


def _last(tx: sa.Connection, run: Any) -> LastRun | None:
    """Of the same player; at their first one, of whoever was not known yet."""
    for whose in dict.fromkeys((run.player_id, None)):
        query = sa.select(runs.c.outcome, runs.c.error).where(runs.c.player_id == whose, runs.c.id < run.id)
        query = query.where(
            runs.c.outcome.in_(DECISIVE),
            sa.or_(runs.c.outcome != "partial", runs.c.targets_seen > 0),
        )
        if row := tx.execute(query.order_by(runs.c.id.desc()).limit(1)).first():
            return LastRun(RunOutcome(row.outcome), row.error or "")
    return None


def _sent_outcome(tx: sa.Connection, at: datetime) -> list[str]:
    m = messages.c
    query = (
        sa.select(m.text)
        .where(m.kind == MessageKind.FAILING.value, m.created_at > at - RECENT_WINDOW)
        .distinct()
    )
    return list(tx.scalars(query))
