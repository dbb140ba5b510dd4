"""What is worth a message, by what was stored: before and after. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.formats.text import pluralize
from syncer.core.model.library import AwardKind, PlayedGame, Unlock
from syncer.core.model.progress import GameId, Progress
from syncer.core.model.run import RunOutcome, RunReport

from .model import Message, MessageKind
from .unlock_text import Change, gain_from, message_prefix, unlocks_message

MAX_AWARD_AGE = timedelta(days=1)  # the site dates an award some time before its listing shows it
ABSENCE_THRESHOLD = timedelta(days=2)  # between two readings of the listing
NEEDS_USER_ACTION = (  # causes that do not pass by themselves
    *(
        "Unauthorized",
        "ConfigError",
        "InvalidRequest",
        "PlayerNotFound",
        "DatabaseCorrupt",
        "DatabaseIncompatible",
    ),
)
WORST_FIRST = tuple(reversed(AwardKind))
AWARDS = {
    AwardKind.MASTERED: (MessageKind.MASTERED, "mastered {}"),
    AwardKind.COMPLETED: (MessageKind.COMPLETED, "completed {}"),
    AwardKind.BEATEN_HARDCORE: (MessageKind.BEATEN, "beat {} in hardcore"),
    AwardKind.BEATEN_SOFTCORE: (MessageKind.BEATEN, "beat {}"),
}


# After a run: what its looks changed


def change_messages(player: str, changes: Sequence[Change], earned: Sequence[Unlock]) -> list[Message]:
    """`earned`: all that is known to be unlocked in these games."""
    told = [tell(player, c) for c in changes for tell in (_completion_message, _revision_message)]
    gains = [gain for c in changes if (gain := gain_from(c))]
    return [m for m in told if m] + ([unlocks_message(player, gains, earned)] if gains else [])


def completion_kind(progress: Progress) -> MessageKind | None:
    """Whether all is unlocked, and how."""
    possible = progress.num_possible_achievements
    if possible and progress.num_achieved_hardcore >= possible:
        return MessageKind.MASTERED
    return MessageKind.COMPLETED if possible and progress.num_achieved >= possible else None


def _completion_message(player: str, c: Change) -> Message | None:
    kind, was = completion_kind(c.after), completion_kind(c.before)
    if kind is None or was in (kind, MessageKind.MASTERED) or not c.before.num_possible_achievements:
        return None
    many = c.after.num_possible_achievements
    how = f"all {many} in hardcore" if kind is MessageKind.MASTERED else f"all {many}"
    points = pluralize(c.after.score_achieved, "point")
    return Message(
        kind, f"{message_prefix(player, c.after_gap)}{kind} {c.title_or_id}: {how}, {points}", c.game_id
    )


def _revision_message(player: str, c: Change) -> Message | None:
    """The set of a game that was thought to be done. One that is gone may be a fault of the site."""
    was, now = c.before.num_possible_achievements, c.after.num_possible_achievements
    done = completion_kind(c.before) or c.award in (AwardKind.MASTERED, AwardKind.COMPLETED)
    if not done or not was or not now or was == now:
        return None
    left = now - c.after.num_achieved
    rest = f"{left} to go" if left > 0 else "still all unlocked"
    said = f"the set of {c.title_or_id} was revised, {now} achievements instead of {was}: {rest}"
    return Message(MessageKind.REVISED, f"{player}: {said}", c.game_id)


# After a run: whether it works


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the last run ended that shows whether it works."""

    outcome: RunOutcome
    error: str


def run_state_message(report: RunReport, last: LastRun | None, said: Collection[str]) -> Message | None:
    """Told once when it begins to fail, once when it works again. `said`: what was told of late.

    While it fails, another cause is told only where somebody has to act.
    """
    failed = last is not None and last.outcome is RunOutcome.FAILED
    if report.outcome is RunOutcome.FAILED:
        text = f"{report.player}: failed: {report.error}. {report.hint}".strip()
        other = report.cause in NEEDS_USER_ACTION and (last is None or last.error != report.error)
        return Message(MessageKind.FAILING, text) if not failed or (other and text not in said) else None
    if failed and report.outcome in (RunOutcome.OK, RunOutcome.PARTIAL) and report.targets_seen:
        seen = f"{report.targets_seen} of {pluralize(report.targets_asked, 'game')} seen"
        return Message(MessageKind.RECOVERED, f"{report.player}: works again: {seen}")
    return None


# After the listing of played games was read


def award_messages(
    player: str,
    played: Sequence[PlayedGame],
    before: Mapping[GameId, str | None],
    library_synced_at: datetime | None,
    at: datetime,
) -> list[Message]:
    """Return messages about awards better than those `before`.

    At the first reading (`library_synced_at` is None) no award is news.
    """
    if library_synced_at is None:
        return []
    begin = message_prefix(player, away=at - library_synced_at > ABSENCE_THRESHOLD)
    return [_award(begin, game) for game in played if _is_recent(game, before, library_synced_at)]


def _is_recent(game: PlayedGame, before: Mapping[GameId, str | None], library_synced_at: datetime) -> bool:
    had, has = before.get(game.game_id), game.award_kind
    if has is None or (had is not None and WORST_FIRST.index(has) <= WORST_FIRST.index(AwardKind(had))):
        return False
    if game.award_at is None:
        return game.game_id in before
    return game.award_at >= library_synced_at - MAX_AWARD_AGE


def _award(begin: str, game: PlayedGame) -> Message:
    assert game.award_kind is not None
    kind, said = AWARDS[game.award_kind]
    return Message(kind, begin + said.format(game.title or f"game {game.game_id}"), game.game_id)


# After a long silence


def expired_digest(kinds: Sequence[MessageKind], first: datetime, last: datetime) -> Message:
    """Instead of messages that nobody wants any more."""
    each = ", ".join(f"{kinds.count(kind)} {kind}" for kind in MessageKind if kind in kinds)
    span = f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    many = pluralize(len(kinds), "message")
    return Message(MessageKind.MISSED, f"{many} of {span} could not be delivered ({each})")
