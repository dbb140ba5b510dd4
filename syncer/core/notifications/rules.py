"""Rules that decide which stored changes are worth a message. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.account.awards import award_rank
from syncer.core.formats.text import pluralize
from syncer.core.milestones.changes import completed_by
from syncer.core.milestones.states import full_kind
from syncer.core.model.library import AwardKind, PlayedGame
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunOutcome, RunReport

from .gains import Change, Gain, gain_from
from .model import Message, MessageKind
from .texts import (
    award_text,
    completion_text,
    failing_text,
    message_prefix,
    recovered_text,
    revised_text,
    unlocks_text,
)

MAX_AWARD_AGE = timedelta(days=1)  # the site lists an award some time after its date
NEEDS_USER_ACTION = (  # causes that do not pass by themselves
    "Unauthorized",
    "ConfigError",
    "InvalidRequest",
    "PlayerNotFound",
    "DatabaseCorrupt",
    "DatabaseIncompatible",
)
AWARD_MESSAGES = {
    AwardKind.MASTERED: MessageKind.MASTERED,
    AwardKind.COMPLETED: MessageKind.COMPLETED,
    AwardKind.BEATEN_HARDCORE: MessageKind.BEATEN,
    AwardKind.BEATEN_SOFTCORE: MessageKind.BEATEN,
}

NO_TITLES: Mapping[GameId, str] = {}

# After a run: the changes that it stored


def change_messages(player: str, changes: Sequence[Change]) -> list[Message]:
    """Return the messages about the changes of a run."""
    compose = (_completion_message, _revision_message)
    found = [message for c in changes for make in compose if (message := make(player, c))]
    gains = [gain for c in changes if (gain := gain_from(c))]
    return found + ([unlocks_message(player, gains)] if gains else [])


def unlocks_message(player: str, gains: Sequence[Gain]) -> Message:
    """Return one message about all gains of a run; about a single game it names the game."""
    game_id = gains[0].change.game_id if len(gains) == 1 else None
    return Message(MessageKind.UNLOCKS, unlocks_text(player, gains), game_id)


def _completion_message(player: str, change: Change) -> Message | None:
    kind = completed_by(change.before, change.after, change.restored)
    if kind is None:
        return None
    message_kind = MessageKind(kind.value)
    return Message(message_kind, completion_text(player, change, message_kind), change.game_id)


def _revision_message(player: str, change: Change) -> Message | None:
    """Return a message if the set of a completed game was revised.

    A set without achievements is not reported: the site may be at fault.
    """
    was, now = change.before.num_possible_achievements, change.after.num_possible_achievements
    had_all = full_kind(change.before) or change.award in (AwardKind.MASTERED, AwardKind.COMPLETED)
    if not had_all or not was or not now or was == now:
        return None
    return Message(MessageKind.REVISED, revised_text(player, change), change.game_id)


# After a run: whether runs fail


@dataclass(frozen=True, slots=True)
class LastRun:
    """The outcome of the last run that was ok, partial or failed."""

    outcome: RunOutcome
    error: str


def run_state_message(report: RunReport, last: LastRun | None, recent: Collection[str]) -> Message | None:
    """Return a message when runs begin to fail and when they work again; None while nothing changes.

    While they fail, another cause is reported only if the user must act and none of the `recent` texts has
    reported it.
    """
    was_failing = last is not None and last.outcome is RunOutcome.FAILED
    if report.outcome is RunOutcome.FAILED:
        text = failing_text(report)
        is_new = report.cause in NEEDS_USER_ACTION and (last is None or last.error != report.error)
        if was_failing and not (is_new and text not in recent):
            return None
        return Message(MessageKind.FAILING, text)
    if was_failing and report.outcome in (RunOutcome.OK, RunOutcome.PARTIAL) and report.targets_seen:
        return Message(MessageKind.RECOVERED, recovered_text(report))
    return None


# After a reading of the listing


def award_messages(
    player: str,
    played: Sequence[PlayedGame],
    before: Mapping[GameId, str | None],
    library_synced_at: datetime | None,
    gaps: Sequence[tuple[datetime, datetime]],
    titles: Mapping[GameId, str] = NO_TITLES,
) -> list[Message]:
    """Return messages about awards better than those `before`. `gaps`: of the account, since that reading.

    `titles`: by game, of the achievement that brought its award, where it is known.
    At the first reading (`library_synced_at` is None) no award is news.
    """
    if library_synced_at is None:
        return []
    recent = [game for game in played if _is_recent(game, before, library_synced_at)]
    prefixes = [message_prefix(player, _is_in_gap(game.award_at, gaps)) for game in recent]
    return [
        _award_message(prefix, game, titles.get(game.game_id, ""))
        for prefix, game in zip(prefixes, recent, strict=True)
    ]


def _is_in_gap(moment: datetime | None, gaps: Sequence[tuple[datetime, datetime]]) -> bool:
    return moment is not None and any(start < moment <= end for start, end in gaps)


def _is_recent(game: PlayedGame, before: Mapping[GameId, str | None], library_synced_at: datetime) -> bool:
    # A kind that we do not know is stored and has no rank: it is no message, and hides none.
    had, has = award_rank(before.get(game.game_id)), award_rank(game.award_kind)
    if has is None or (had is not None and has <= had):
        return False
    # A game that is new in the listing may have been beaten long ago; without a date that is unknown.
    if game.award_at is None:
        return game.game_id in before
    return game.award_at >= library_synced_at - MAX_AWARD_AGE


def _award_message(prefix: str, game: PlayedGame, title: str) -> Message:
    kind = AwardKind(game.award_kind or "")
    return Message(AWARD_MESSAGES[kind], award_text(prefix, game, title), game.game_id)


# After messages have expired


def expired_digest(kinds: Sequence[MessageKind], first: datetime, last: datetime) -> Message:
    """Return one message that counts those that were not delivered in time."""
    each = ", ".join(f"{kinds.count(kind)} {kind}" for kind in MessageKind if kind in kinds)
    days = f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    count = pluralize(len(kinds), "message")
    return Message(MessageKind.MISSED, f"{count} of {days} could not be delivered ({each})")
