"""Write mass drops: one row of `rejections` for the drop, beside those of the games that fell."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.account import SUMS
from syncer.core.model.decision import RejectionReason
from syncer.core.model.mass_drop import AccountSums, DropEvidence, DropUpdate
from syncer.core.model.progress import GameId
from syncer.store.db.account_tables import account_snapshots
from syncer.store.db.tables import IS_OPEN, rejections, snapshots, targets
from syncer.store.read.as_of import points_as_of
from syncer.store.read.mass_drops import waiting_games


def save_drop(tx: sa.Connection, run_id: int, player_id: int, update: DropUpdate) -> None:
    """Store what an answer shows of a mass drop, and when the games that fell are polled again."""
    r = rejections.c
    if update.drop_id is None:
        evidence = _with_sums_before(tx, player_id, update.evidence)
        tx.execute(rejections.insert().values(**_new_row(run_id, player_id, update.at, evidence)))
        return
    values: dict[str, Any] = {"last_seen_at": update.at, "poll_count": r.poll_count + 1}
    values |= {"confirmed_at": update.at} if update.confirmed else {}
    values |= {"ended_at": update.at} if update.ended else {}
    waiting = targets.c.game_id.in_(waiting_games(player_id))
    due = targets.update().where(targets.c.player_id == player_id, waiting)
    tx.execute(due.values(due_at=update.next_poll_at))
    row = rejections.update().where(r.id == update.drop_id)
    tx.execute(row.values(raw=_to_json(update.evidence), **values))


def _new_row(run_id: int, player_id: int, at: datetime, evidence: DropEvidence) -> dict[str, Any]:
    moments = {"first_seen_at": at, "last_seen_at": at, "poll_count": 1}
    reason = RejectionReason.MASS_DROP.value
    return {"run_id": run_id, "player_id": player_id, "reason": reason, "raw": _to_json(evidence), **moments}


def _with_sums_before(tx: sa.Connection, player_id: int, evidence: DropEvidence) -> DropEvidence:
    """Return the evidence with the account's sums as they were stored before the drop."""
    s = snapshots.c
    mine = sa.and_(s.player_id == player_id, IS_OPEN, s.game_id.in_(evidence.games))
    seen_at = tx.scalar(sa.select(sa.func.min(s.last_seen_at)).where(mine))
    # The newest sums may be of this same run, and so after the drop; those at the last poll may be older.
    # So the higher ones count.
    hardcore, softcore = (
        max(_totals(tx, player_id, n, evidence.games, seen_at), default=None) for n in range(len(SUMS))
    )
    if hardcore is None or softcore is None:
        return evidence
    return replace(evidence, before=AccountSums(hardcore, softcore))


def _totals(
    tx: sa.Connection, player_id: int, which: int, ids: Sequence[GameId], moment: datetime | None
) -> list[int]:
    """Return the newest total of the account, and the one at a moment, with what these games gained since.

    `which`: the place in SUMS.
    """
    a = account_snapshots.c
    mine = sa.select(a.value, a.last_seen_at).where(a.player_id == player_id, a.measure == SUMS[which].value)
    mine = mine.where(a.value.is_not(None)).order_by(a.id.desc()).limit(1)
    queries = [mine, mine.where(a.first_seen_at <= moment)] if moment else [mine]
    found = [row for query in queries if (row := tx.execute(query).one_or_none())]
    return [total + _gained_since(tx, player_id, ids, seen_at)[which] for total, seen_at in found]


def _gained_since(
    tx: sa.Connection, player_id: int, ids: Sequence[GameId], moment: datetime
) -> tuple[int, int]:
    """Return by how much the points of these games had risen since a moment, in the order of SUMS.

    The profile is read once a day, so a drop takes more points away than the account had in it. The first
    poll counts where a game was not polled yet: in a first run the profile comes before the polls.
    """
    before = points_as_of(tx, player_id, moment, or_first=True, among=ids)
    newest = points_as_of(tx, player_id, None, among=ids)
    hardcore, softcore = (sum(row[n] for row in newest) - sum(row[n] for row in before) for n in (0, 1))
    return max(0, hardcore), max(0, softcore)


def _to_json(evidence: DropEvidence) -> str:
    values = {
        "games": evidence.games,
        "points_before": _pair(evidence.before),
        "points_now": _pair(evidence.now),
        "numbers": json.loads(evidence.numbers),
        "equal_since": evidence.equal_since.isoformat(),
        "reported_at": evidence.reported_at.isoformat() if evidence.reported_at else None,
    }
    return json.dumps(values)


def _pair(sums: AccountSums | None) -> list[int] | None:
    return [sums.hardcore, sums.softcore] if sums else None
