"""Read and write one batch of a run within its transaction."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from syncer.core.model.decision import (
    BatchDecision,
    PollWindow,
    Rejection,
    RejectionReason,
    RejectionStreak,
    TargetState,
)
from syncer.core.model.mass_drop import MassDrop
from syncer.core.model.player import Player
from syncer.core.model.progress import GameId
from syncer.core.sync.mass_drop import is_waiting
from syncer.store.db.account_tables import account_polls
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import runs
from syncer.store.read.account_polls import IS_OPEN_ACCOUNT
from syncer.store.read.mass_drops import NEWEST_DROP, newest_drop, with_waiting

from .account_polls import OpenPolls, extend_account_polls
from .jobs import save_jobs
from .mass_drops import save_drop
from .play import record_dates, record_play
from .rejections import save_rejected_response
from .snapshots import (
    add_run_counts,
    apply_decisions,
    load_in_time,
    load_states,
    load_streaks,
    lock_targets,
)
from .statements import HAS_STREAK

a = account_polls.c
BATCH_HEAD = (
    sa.select(runs.c.recorded_batches, NEWEST_DROP.exists(), HAS_STREAK)
    .add_columns(a.id, a.last_seen_at, a.promised_seconds)
    .select_from(runs)
    .outerjoin(account_polls, sa.and_(a.player_id == PLAYER, IS_OPEN_ACCOUNT))
    .where(runs.c.id == sa.bindparam("run"))
    .with_for_update(of=runs)
)


class SqlBatchWork:
    """One batch within its transaction (unit of work), whose targets stay locked.

    `streaks`: those of rejections that are open. `drop`: the player's newest mass drop.
    """

    def __init__(
        self, tx: sa.Connection, run_id: int, number: int, player: Player, game_ids: Sequence[GameId]
    ) -> None:
        self._tx, self._run_id, self._number, self._player = tx, run_id, number, player
        self._game_ids = game_ids
        lock_targets(tx, player.id, game_ids)
        # After the wait for the lock, so that all is read as it is now.
        head = tx.execute(BATCH_HEAD, {"run": run_id, "player": player.id}).one()
        recorded, has_drop, has_streak, *polls = head
        self._polls = OpenPolls(*polls)
        # Batches of a run are recorded in order, so one number says which are stored.
        self.is_recorded = recorded >= number
        self.streaks: Mapping[GameId, RejectionStreak] = {}
        self.drop: MassDrop | None = None
        if not self.is_recorded:
            self.streaks = load_streaks(tx, player.id, game_ids) if has_streak else {}
            self.drop = self._load_drop() if has_drop else None

    def in_time(self, window: PollWindow) -> Sequence[Sequence[int]]:
        """Return game, id and six numbers of each snapshot that an equal poll extends, and nothing more."""
        return load_in_time(self._tx, self._player.id, self._game_ids, window)

    def states(self, without: Collection[GameId] = ()) -> list[TargetState]:
        """Return what is stored about the targets, except some, in the order of games."""
        ids = [game_id for game_id in self._game_ids if game_id not in without]
        return load_states(self._tx, self._player.id, ids, self.streaks) if ids else []

    def _load_drop(self) -> MassDrop | None:
        """Return the newest mass drop; what it cost is read only where the batch rechecks it."""
        drop = newest_drop(self._tx, self._player.id)
        if drop and any(is_waiting(streak, drop) for streak in self.streaks.values()):
            return with_waiting(self._tx, self._player.id, drop)
        return drop

    def save(self, decision: BatchDecision, raw: str | None = None) -> None:
        """Store the decisions, and count them in the run."""
        tx, run_id, player_id = self._tx, self._run_id, self._player.id
        if decision.drop:  # before the decisions: those about this batch have the last word
            save_drop(tx, run_id, player_id, decision.drop)
        apply_decisions(tx, run_id, player_id, decision)
        promise = decision.account
        if decision.is_accepted and promise and not self._polls.contain(decision.at, promise):
            extend_account_polls(tx, player_id, decision.at, promise)
        if decision.recent and not decision.recent.is_probe:
            record_dates(tx, player_id, decision.recent.games, decision.at)
        elif decision.recent:  # after the account's polls, which show whether there was a gap
            record_play(tx, player_id, decision.recent, decision.at)
        save_jobs(tx, player_id, decision.jobs)
        add_run_counts(tx, run_id, self._number, decision)
        if raw:
            rejection = Rejection(RejectionReason.UNPARSABLE, raw)
            save_rejected_response(tx, run_id, player_id, rejection, decision.at)
