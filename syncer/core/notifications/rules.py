"""What is worth a message, by what was stored: before and after. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.formats.text import counted
from syncer.core.model.library import AwardKind, PlayedGame, Unlock
from syncer.core.model.progress import GameId, Progress
from syncer.core.model.run import RunOutcome, RunReport

from .model import Kind, Message
from .unlock_text import Change, gain_of, of_gains, whose

LATE_AWARD = timedelta(days=1)  # the site dates an award some time before its listing shows it
AWAY = timedelta(days=2)  # between two readings of the listing
TO_BE_MENDED = (  # causes that do not pass by themselves
    *("Unauthorized", "ConfigError", "RequestRefused", "UnknownPlayer", "StoreDamaged", "StoreRefused"),
)
WORST_FIRST = tuple(reversed(AwardKind))
AWARDS = {
    AwardKind.MASTERED: (Kind.MASTERED, "mastered {}"),
    AwardKind.COMPLETED: (Kind.COMPLETED, "completed {}"),
    AwardKind.BEATEN_HARDCORE: (Kind.BEATEN, "beat {} in hardcore"),
    AwardKind.BEATEN_SOFTCORE: (Kind.BEATEN, "beat {}"),
}


# After a run: what its looks changed


def of_changes(player: str, changes: Sequence[Change], earned: Sequence[Unlock]) -> list[Message]:
    """`earned`: all that is known to be unlocked in these games."""
    told = [tell(player, c) for c in changes for tell in (_done, _revised)]
    gains = [gain for c in changes if (gain := gain_of(c))]
    return [m for m in told if m] + ([of_gains(player, gains, earned)] if gains else [])


def is_done(progress: Progress) -> Kind | None:
    """Whether all is unlocked, and how."""
    possible = progress.num_possible_achievements
    if possible and progress.num_achieved_hardcore >= possible:
        return Kind.MASTERED
    return Kind.COMPLETED if possible and progress.num_achieved >= possible else None


def _done(player: str, c: Change) -> Message | None:
    kind, was = is_done(c.after), is_done(c.before)
    if kind is None or was in (kind, Kind.MASTERED) or not c.before.num_possible_achievements:
        return None
    many = c.after.num_possible_achievements
    how = f"all {many} in hardcore" if kind is Kind.MASTERED else f"all {many}"
    points = counted(c.after.score_achieved, "point")
    return Message(kind, f"{whose(player, c.after_gap)}{kind} {c.called}: {how}, {points}", c.game_id)


def _revised(player: str, c: Change) -> Message | None:
    """The set of a game that was thought to be done. One that is gone may be a fault of the site."""
    was, now = c.before.num_possible_achievements, c.after.num_possible_achievements
    done = is_done(c.before) or c.award in (AwardKind.MASTERED, AwardKind.COMPLETED)
    if not done or not was or not now or was == now:
        return None
    left = now - c.after.num_achieved
    rest = f"{left} to go" if left > 0 else "still all unlocked"
    said = f"the set of {c.called} was revised, {now} achievements instead of {was}: {rest}"
    return Message(Kind.REVISED, f"{player}: {said}", c.game_id)


# After a run: whether it works


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the last run ended that shows whether it works."""

    outcome: RunOutcome
    error: str


def of_state(report: RunReport, last: LastRun | None, said: Collection[str]) -> Message | None:
    """Told once when it begins to fail, once when it works again. `said`: what was told of late.

    While it fails, another cause is told only where somebody has to act.
    """
    failed = last is not None and last.outcome is RunOutcome.FAILED
    if report.outcome is RunOutcome.FAILED:
        text = f"{report.player}: failed: {report.error}. {report.hint}".strip()
        other = report.cause in TO_BE_MENDED and (last is None or last.error != report.error)
        return Message(Kind.FAILING, text) if not failed or (other and text not in said) else None
    if failed and report.outcome in (RunOutcome.OK, RunOutcome.PARTIAL) and report.targets_seen:
        seen = f"{report.targets_seen} of {counted(report.targets_asked, 'game')} seen"
        return Message(Kind.RECOVERED, f"{report.player}: works again: {seen}")
    return None


# After the listing of played games was read


def of_awards(
    player: str,
    played: Sequence[PlayedGame],
    before: Mapping[GameId, str | None],
    walked_at: datetime | None,
    at: datetime,
) -> list[Message]:
    """Awards that are better than those `before`. At the first reading (null `walked_at`) none is news."""
    if walked_at is None:
        return []
    begin = whose(player, away=at - walked_at > AWAY)
    return [_award(begin, game) for game in played if _is_news(game, before, walked_at)]


def _is_news(game: PlayedGame, before: Mapping[GameId, str | None], walked_at: datetime) -> bool:
    had, has = before.get(game.game_id), game.award_kind
    if has is None or (had is not None and WORST_FIRST.index(has) <= WORST_FIRST.index(AwardKind(had))):
        return False
    if game.award_at is None:
        return game.game_id in before
    return game.award_at >= walked_at - LATE_AWARD


def _award(begin: str, game: PlayedGame) -> Message:
    assert game.award_kind is not None
    kind, said = AWARDS[game.award_kind]
    return Message(kind, begin + said.format(game.title or f"game {game.game_id}"), game.game_id)


# After a long silence


def of_missed(kinds: Sequence[Kind], first: datetime, last: datetime) -> Message:
    """Instead of messages that nobody wants any more."""
    each = ", ".join(f"{kinds.count(kind)} {kind}" for kind in Kind if kind in kinds)
    span = f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    many = counted(len(kinds), "message")
    return Message(Kind.MISSED, f"{many} of {span} could not be delivered ({each})")
