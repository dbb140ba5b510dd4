"""Enqueue messages in the transaction that stores what they report."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncer.core.backfill.restoration import DECIDED_AFTER
from syncer.core.clock import CLOCK_TOLERANCE
from syncer.core.milestones.changes import SAME_MOMENT, NamedUnlock, ProgressChange, contained_unlocks
from syncer.core.model.decision import Verdict
from syncer.core.model.library import PlayedGame
from syncer.core.model.player import Player
from syncer.core.model.progress import PROGRESS_COLUMNS, GameId, Progress
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.gains import Change
from syncer.core.notifications.model import Message, MessageKind, Recipients
from syncer.core.notifications.rules import (
    MAX_AWARD_AGE,
    LastRun,
    award_messages,
    change_messages,
    run_state_message,
)
from syncer.store.db.account_tables import account_polls, awards
from syncer.store.db.tables import RESTORED, games, messages, players, runs, snapshots, targets
from syncer.store.read.account import highest_awards
from syncer.store.read.account_polls import account_gaps_since
from syncer.store.read.change_details import UNLOCKS

NOW, BEFORE = snapshots.alias("now"), snapshots.alias("before")
RECENT_WINDOW = timedelta(days=1)
LATE_AFTER = timedelta(minutes=30)  # as [schedule] gap_after, of a poll that has not come before the listing
DECISIVE = ("ok", "partial", "failed")  # outcomes that show whether runs work
COUNT_OF_KIND = {MessageKind.MASTERED: "num_achieved_hardcore", MessageKind.COMPLETED: "num_achieved"}


def enqueue(
    tx: sa.Connection,
    recipients: Recipients,
    player_id: int | None,
    composed: Sequence[Message],
    at: datetime,
) -> None:
    """Insert a row per service for each message of a selected kind."""
    rows = [
        {"service": service, "kind": m.kind.value, "player_id": player_id, "game_id": m.game_id}
        | {"text": m.text, "created_at": at, "next_attempt_at": at, "attempts": 0}
        for m in composed
        if recipients.wants(m.kind)
        for service in recipients.services
    ]
    if rows:
        tx.execute(messages.insert(), rows)


def enqueue_for_run(
    tx: sa.Connection, recipients: Recipients, run: Any, report: RunReport, at: datetime
) -> None:
    """Enqueue the messages about a run that has just been closed. `run`: its row before that."""
    composed = _change_messages(tx, run)
    if report.outcome in DECISIVE:
        recent = _recent_failures(tx, at) if report.outcome is RunOutcome.FAILED else ()
        message = run_state_message(report, _last_run(tx, run), recent)
        composed += [message] if message else []
    enqueue(tx, recipients, run.player_id, composed, at)


def enqueue_for_interrupted(tx: sa.Connection, recipients: Recipients, run: Any, at: datetime) -> None:
    """Enqueue the messages about the changes of a run whose process was killed before it closed the run."""
    enqueue(tx, recipients, run.player_id, _change_messages(tx, run), at)


def enqueue_for_decided(
    tx: sa.Connection, recipients: Recipients, player_id: int, snapshot_ids: Sequence[int], at: datetime
) -> None:
    """Enqueue the messages about rises that were decided after the run that saw them was closed."""
    if not recipients.services or not snapshot_ids:
        return
    n, r = NOW.c, runs.c
    closed = sa.select(r.id).where(r.id == n.run_id, r.finished_at.is_not(None)).exists()
    recent = n.first_seen_at >= at - DECIDED_AFTER - RECENT_WINDOW
    found = _select_changes(tx, player_id, sa.and_(n.id.in_(snapshot_ids), closed, recent))
    changes = [change for snapshot_id, change in found.items() if not _is_reported(tx, snapshot_id, change)]
    enqueue(tx, recipients, player_id, _compose(tx, player_id, changes), at)


def _is_reported(tx: sa.Connection, snapshot_id: int, change: Change) -> bool:
    """Return whether the run that saw the change reported it: an older version decided nothing."""
    m, r, s = messages.c, runs.c, snapshots.c
    query = sa.select(m.text).join_from(snapshots, runs, r.id == s.run_id)
    query = query.join(messages, sa.and_(m.player_id == s.player_id, m.created_at == r.finished_at))
    query = query.where(s.id == snapshot_id, m.kind == MessageKind.UNLOCKS.value)
    return any(f"in {change.title_or_id}" in text for text in tx.scalars(query))


def enqueue_for_awards(
    tx: sa.Connection, recipients: Recipients, player: Player, played: Sequence[PlayedGame], at: datetime
) -> None:
    """Enqueue the messages about new awards. Call it before the listing is stored."""
    stored = sa.select(targets.c.game_id).where(targets.c.player_id == player.id)
    before: dict[GameId, str | None] = dict.fromkeys(tx.scalars(stored))
    before |= highest_awards(tx, player.id)
    synced = player.library_synced_at
    gaps = account_gaps_since(tx, player.id, synced - MAX_AWARD_AGE, at, LATE_AFTER) if synced else []
    news = [game for game in played if not _is_restored(tx, player.id, game)] if synced else []
    titles = _award_titles(tx, player.id, news, synced) if synced else {}
    composed = award_messages(player.username, news, before, synced, gaps, titles)
    enqueue(tx, recipients, player.id, [m for m in composed if not _seen_in_polls(tx, player.id, m)], at)


def _is_restored(tx: sa.Connection, player_id: int, game: PlayedGame) -> bool:
    """Return whether an award was stored before and had gone: that it is back is no news."""
    a = awards.c
    same = sa.and_(a.player_id == player_id, a.game_id == game.game_id, a.kind == game.award_kind)
    query = sa.select(a.kind).where(same, a.gone_at.is_not(None))
    # Without a date it cannot be told from one that was earned again.
    query = query if game.award_at is None else query.where(a.awarded_at == game.award_at)
    return game.award_kind is not None and tx.execute(query.limit(1)).first() is not None


def _award_titles(
    tx: sa.Connection, player_id: int, played: Sequence[PlayedGame], synced: datetime
) -> dict[GameId, str]:
    """Return the titles of the achievements that brought recent awards, by game, where they are stored."""
    since, found = synced - MAX_AWARD_AGE, dict[GameId, str]()
    dated = {game.game_id: game.award_at for game in played if game.award_at and game.award_at >= since}
    known = _known_unlocks(tx, player_id, sorted(dated))
    for game_id, at in dated.items():
        for unlock in known.get(game_id, ()):
            if unlock.gone_at is None and abs(unlock.unlocked_at - at) <= SAME_MOMENT:
                found[game_id] = unlock.title
    return found


def _change_messages(tx: sa.Connection, run: Any) -> list[Message]:
    if not run.snapshots_added or run.player_id is None:
        return []
    return _compose(tx, run.player_id, _changes(tx, run))


def _compose(tx: sa.Connection, player_id: int, changes: Sequence[Change]) -> list[Message]:
    username = tx.scalar(sa.select(players.c.username).where(players.c.id == player_id))
    composed = change_messages(str(username), changes)
    return [m for m in composed if m.kind not in COUNT_OF_KIND or not _already_sent(tx, player_id, m)]


def _already_sent(tx: sa.Connection, player_id: int, message: Message) -> bool:
    """Return whether the award was reported already: the listing may show it before a poll does."""
    m, b = messages.c, BEFORE.c
    closed = sa.select(sa.func.max(b.first_seen_at)).where(b.player_id == player_id, ~b.is_open)
    since = closed.where(b.game_id == message.game_id).scalar_subquery()
    same = sa.and_(m.player_id == player_id, m.game_id == message.game_id, m.kind == message.kind.value)
    return tx.execute(sa.select(m.id).where(same, m.created_at >= since).limit(1)).first() is not None


def _seen_in_polls(tx: sa.Connection, player_id: int, message: Message) -> bool:
    """Return whether a poll has reported already that all achievements are unlocked."""
    if message.kind not in COUNT_OF_KIND:
        return False
    s = snapshots.c
    game = sa.and_(s.player_id == player_id, s.game_id == message.game_id)
    all_unlocked = sa.and_(
        s.num_possible_achievements > 0, s[COUNT_OF_KIND[message.kind]] >= s.num_possible_achievements
    )
    query = sa.select(s.id).where(game, s.verdict == Verdict.CHANGED.value, all_unlocked)
    return tx.execute(query.limit(1)).first() is not None


def _changes(tx: sa.Connection, run: Any) -> list[Change]:
    """Return each snapshot that the run began, with the one before it."""
    n = NOW.c
    # The time only narrows the search by an index. A clock that is set back within its tolerance may stamp
    # a poll earlier than the start of its run.
    mine = sa.and_(n.player_id == run.player_id, n.first_seen_at >= run.started_at - CLOCK_TOLERANCE)
    return list(_select_changes(tx, run.player_id, sa.and_(mine, n.run_id == run.id)).values())


def _select_changes(
    tx: sa.Connection, player_id: int, condition: sa.ColumnElement[bool]
) -> dict[int, Change]:
    """Return the changes by the ids of their snapshots, in this order."""
    n, b, a = NOW.c, BEFORE.c, account_polls.c
    previous = sa.select(sa.func.max(b.id)).where(
        b.player_id == n.player_id, b.game_id == n.game_id, b.id < n.id
    )
    numbers = [*(n[name] for name in RESTORED), *(c[name] for c in (b, n) for name in PROGRESS_COLUMNS)]
    # The account's gap and not the target's: a game that failed for a time was no absence, and one that is
    # polled rarely needs no gap of its own to have changed in that of the account.
    away = sa.exists().where(a.player_id == n.player_id, a.after_gap)
    away = away.where(a.first_seen_at > b.last_seen_at, a.first_seen_at <= n.first_seen_at)
    query = sa.select(n.id, n.game_id, games.c.title, away, b.last_seen_at, n.first_seen_at, *numbers)
    query = query.join_from(NOW, BEFORE, b.id == previous.correlate(NOW).scalar_subquery())
    query = query.join(games, games.c.id == n.game_id)
    query = query.where(condition, n.verdict == Verdict.CHANGED.value).order_by(n.id)
    rows = tx.execute(query).all()
    awards = highest_awards(tx, player_id, [row.game_id for row in rows])
    known = _known_unlocks(tx, player_id, [row.game_id for row in rows])
    return {row.id: _change(row, awards.get(row.game_id), known.get(row.game_id, ())) for row in rows}


def _change(row: Any, award: str | None, known: Sequence[NamedUnlock]) -> Change:
    _, game_id, title, after_gap, seen_before, seen_at, *values = row
    restored, numbers = values[: len(RESTORED)], values[len(RESTORED) :]
    before, after = Progress(*numbers[:6]), Progress(*numbers[6:])
    back = None if None in restored else tuple(restored)
    change = ProgressChange(before, after, seen_before, seen_at, back)
    return Change(game_id, title, before, after, after_gap, award, back, contained_unlocks(change, known))


def _known_unlocks(
    tx: sa.Connection, player_id: int, ids: Sequence[GameId]
) -> dict[GameId, list[NamedUnlock]]:
    """Return the stored unlocks of games, also those that are gone."""
    found: dict[GameId, list[NamedUnlock]] = {}
    for game_id, *unlock in tx.execute(UNLOCKS, {"player": player_id, "ids": list(ids)}) if ids else ():
        found.setdefault(game_id, []).append(NamedUnlock(*unlock))
    return found


def _last_run(tx: sa.Connection, run: Any) -> LastRun | None:
    """Return the player's last decisive run; before their first one, the last run without a player.

    A run that fails before it has resolved the player has none.
    """
    for player_id in dict.fromkeys((run.player_id, None)):
        works = sa.or_(runs.c.outcome != "partial", runs.c.targets_seen > 0)
        query = sa.select(runs.c.outcome, runs.c.error).where(runs.c.player_id == player_id)
        query = query.where(runs.c.id < run.id, runs.c.outcome.in_(DECISIVE), works)
        if row := tx.execute(query.order_by(runs.c.id.desc()).limit(1)).first():
            return LastRun(RunOutcome(row.outcome), row.error or "")
    return None


def _recent_failures(tx: sa.Connection, at: datetime) -> list[str]:
    m = messages.c
    recent = sa.and_(m.kind == MessageKind.FAILING.value, m.created_at > at - RECENT_WINDOW)
    return list(tx.scalars(sa.select(m.text).where(recent).distinct()))
