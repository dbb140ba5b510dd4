"""The texts of notifications: the sentences that people read. Pure."""

from collections.abc import Sequence

from syncer.core.formats.text import pluralize, title_or_id
from syncer.core.milestones.texts import revision_text
from syncer.core.model.library import AwardKind, PlayedGame
from syncer.core.model.run import RunReport

from .gains import Change, Gain, gained_titles, last_title
from .model import MessageKind

MAX_GAMES, MAX_TITLES = 10, 5  # that one message lists
COMPLETION_VERBS = {MessageKind.MASTERED: "mastered", MessageKind.COMPLETED: "completed"}
AWARD_TEXTS = {
    AwardKind.MASTERED: "mastered {}",
    AwardKind.COMPLETED: "completed {}",
    AwardKind.BEATEN_HARDCORE: "beat {} in hardcore",
    AwardKind.BEATEN_SOFTCORE: "beat {}",
}


def message_prefix(player: str, away: bool) -> str:
    """Return the beginning of a message: the player, and whether it happened during a gap."""
    return f"{player}, while away: " if away else f"{player}: "


def completion_text(player: str, change: Change, kind: MessageKind) -> str:
    """Return "Player: mastered Game: all 20 in hardcore, 400 points; the last one: Title"."""
    count = change.after.num_possible_achievements
    how = f"all {count} in hardcore" if kind is MessageKind.MASTERED else f"all {count}"
    points = pluralize(change.after.score_achieved, "point")
    prefix = message_prefix(player, change.after_gap)
    title = last_title(change)
    last = f"; the last one: {title}" if title else ""
    return f"{prefix}{COMPLETION_VERBS[kind]} {change.title_or_id}: {how}, {points}{last}"


def revised_text(player: str, change: Change) -> str:
    """Return the text about a completed game whose set was revised."""
    was, now = change.before.num_possible_achievements, change.after.num_possible_achievements
    left = now - change.after.num_achieved
    rest = f"{left:,} to go" if left > 0 else "still all unlocked"
    return f"{player}: the set of {change.title_or_id} was revised: {revision_text(was, now)}, {rest}"


def award_text(prefix: str, game: PlayedGame, title: str = "") -> str:
    """Return the text about an award of the listing. `title`: of the achievement that brought it."""
    kind = AwardKind(game.award_kind or "")
    text = prefix + AWARD_TEXTS[kind].format(title_or_id(game.title, game.game_id))
    return f"{text}: {title}" if title else text


def failing_text(report: RunReport) -> str:
    """Return the text about runs that fail."""
    return f"{report.player}: failed: {report.error}. {report.hint}".strip()


def recovered_text(report: RunReport) -> str:
    """Return the text about runs that work again."""
    polled = f"{report.targets_seen} of {pluralize(report.targets_asked, 'game')} polled"
    return f"{report.player}: works again: {polled}"


def unlocks_text(player: str, gains: Sequence[Gain]) -> str:
    """Return the text about all gains of a run."""
    away = all(gain.change.after_gap for gain in gains)
    lines = [game_line(gain, mark_gap=not away) for gain in gains[:MAX_GAMES]]
    prefix = message_prefix(player, away)
    if len(gains) == 1:
        return prefix + lines[0]
    count, points = sum(gain.count for gain in gains), sum(gain.points for gain in gains)
    total = f"{pluralize(count, 'achievement')} in {len(gains)} games{_plus(points)}"
    more = [f"and in {pluralize(len(gains) - MAX_GAMES, 'more game')}"] if len(gains) > MAX_GAMES else []
    return "\n".join([prefix + total, *lines, *more])


def game_line(gain: Gain, *, mark_gap: bool) -> str:
    """Return the line about one game: how many achievements, the points, and the titles if known."""
    hardcore = " again, now in hardcore" if gain.is_hardcore_upgrade else ""
    gap = " (while away)" if mark_gap and gain.change.after_gap else ""
    titles = gained_titles(gain)
    more = [f"{len(titles) - MAX_TITLES} more"] if len(titles) > MAX_TITLES else []
    listed = f": {', '.join([*titles[:MAX_TITLES], *more])}" if titles else ""
    in_game = f"{pluralize(gain.count, 'achievement')} in {gain.change.title_or_id}"
    return f"{in_game}{hardcore}{_plus(gain.points)}{gap}{listed}"


def _plus(points: int) -> str:
    return f", +{pluralize(points, 'point')}" if points > 0 else ""
