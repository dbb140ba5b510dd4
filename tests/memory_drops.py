"""Mass drops of the store in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from syncer.core.model.decision import RejectionReason, RejectionStreak, Snapshot
from syncer.core.model.mass_drop import AccountSums, DropUpdate, MassDrop
from syncer.core.model.player import Player, Target
from syncer.core.model.progress import GameId, Progress

from .memory_play import PlayStore


def with_waiting(
    drop: MassDrop, streaks: Mapping[GameId, RejectionStreak], newest: Mapping[GameId, Progress]
) -> MassDrop:
    """Return the drop with the games that wait for it, and the points that they lost."""
    fell = [game for game, streak in streaks.items() if streak.reason is RejectionReason.MASS_DROP]
    hardcore = sum(newest[game].score_achieved_hardcore for game in fell)
    total = sum(newest[game].score_achieved for game in fell)
    return replace(drop, waiting=frozenset(fell), lost=AccountSums(hardcore, total - hardcore))


def updated_drop(drop: MassDrop | None, update: DropUpdate, before: AccountSums | None) -> MassDrop | None:
    """Return the drop as it is after an answer. `before`: the account's sums, for a new one."""
    if drop is None or update.drop_id is None:
        return MassDrop(1, update.at, update.at, 1, replace(update.evidence, before=before))
    confirmed = update.at if update.confirmed else None
    changed = replace(drop, last_seen_at=update.at, poll_count=drop.poll_count + 1, evidence=update.evidence)
    return None if update.ended else replace(changed, confirmed_at=confirmed)


class DropStore(PlayStore):
    """The mass drop of the store in memory, and the targets that wait for it."""

    targets: dict[GameId, Target]
    snapshots_of: dict[GameId, list[Snapshot]]
    streaks: dict[GameId, RejectionStreak]
    drop: MassDrop | None
    sums_before: AccountSums | None
    raws: list[str]

    def save_rejected_response(self, run_id: int, player: Player | None, raw: str, at: datetime) -> None:
        self.raws.append(raw)

    def standing_drop(self, player: Player) -> MassDrop | None:
        return self._drop_with_waiting() if self.drop and self.drop.stands else None

    def _drop_with_waiting(self) -> MassDrop | None:
        newest = {game: snapshots[-1].progress for game, snapshots in self.snapshots_of.items()}
        return with_waiting(self.drop, self.streaks, newest) if self.drop else None

    def _save_drop(self, update: DropUpdate) -> None:
        drop = self._drop_with_waiting()
        for game in drop.waiting if drop else ():
            self.targets[game] = self.targets[game]._replace(due_at=update.next_poll_at)
        self.drop = updated_drop(self.drop, update, self.sums_before)
