"""Texts about achievements that a player gained between two snapshots of a game. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from syncer.core.formats.text import pluralize
from syncer.core.model.library import Unlock
from syncer.core.model.progress import GameId, Progress

from .model import Message, MessageKind

MAX_GAMES, MAX_TITLES = 10, 5  # that one message lists


@dataclass(frozen=True, slots=True)
class Change:
    """Two consecutive snapshots of one game. `award`: the highest award in the listing."""

    game_id: GameId
    title: str | None
    before: Progress
    after: Progress
    after_gap: bool = False
    award: str | None = None

    @property
    def title_or_id(self) -> str:
        return self.title or f"game {self.game_id}"


@dataclass(frozen=True, slots=True)
class Gain:
    """The achievements gained by a change. `is_hardcore_upgrade`: unlocked before, now again in hardcore."""

    change: Change
    count: int
    points: int
    is_hardcore_upgrade: bool = False


def gain_from(change: Change) -> Gain | None:
    """Return what the player gained, or None. A set that was removed or is back is no gain."""
    before, after = change.before, change.after
    if not before.num_possible_achievements or not after.num_possible_achievements:
        return None
    gained = after.num_achieved - before.num_achieved
    if gained > 0:
        return Gain(change, gained, after.score_achieved - before.score_achieved)
    # Only if no achievement was removed meanwhile: otherwise it is unknown which ones are in hardcore now.
    hardcore = after.num_achieved_hardcore - before.num_achieved_hardcore
    if hardcore > 0 and gained == 0:
        points = after.score_achieved_hardcore - before.score_achieved_hardcore
        return Gain(change, hardcore, points, is_hardcore_upgrade=True)
    return None


def unlocks_message(player: str, gains: Sequence[Gain], earned: Sequence[Unlock]) -> Message:
    """Return one message about all gains of a run. `earned`: all known unlocks in these games."""
    away = all(gain.change.after_gap for gain in gains)
    lines = [game_line(gain, earned, mark_gap=not away) for gain in gains[:MAX_GAMES]]
    prefix = message_prefix(player, away)
    if len(gains) == 1:
        return Message(MessageKind.UNLOCKS, prefix + lines[0], gains[0].change.game_id)
    count, points = sum(gain.count for gain in gains), sum(gain.points for gain in gains)
    total = f"{pluralize(count, 'achievement')} in {len(gains)} games{_plus(points)}"
    more = [f"and in {pluralize(len(gains) - MAX_GAMES, 'more game')}"] if len(gains) > MAX_GAMES else []
    return Message(MessageKind.UNLOCKS, "\n".join([prefix + total, *lines, *more]))


def game_line(gain: Gain, earned: Sequence[Unlock], *, mark_gap: bool) -> str:
    """Return the line about one game: how many achievements, the points, and the titles if known."""
    hardcore = " again, now in hardcore" if gain.is_hardcore_upgrade else ""
    gap = " (while away)" if mark_gap and gain.change.after_gap else ""
    titles = gained_titles(gain, earned)
    more = [f"{len(titles) - MAX_TITLES} more"] if len(titles) > MAX_TITLES else []
    listed = f": {', '.join([*titles[:MAX_TITLES], *more])}" if titles else ""
    in_game = f"{pluralize(gain.count, 'achievement')} in {gain.change.title_or_id}"
    return f"{in_game}{hardcore}{_plus(gain.points)}{gap}{listed}"


def gained_titles(gain: Gain, earned: Sequence[Unlock]) -> list[str]:
    """Return the titles of the gained achievements; none if fewer unlocks are known than counted.

    A title is found by its position in the order of unlocking, not by its date: the site may list an unlock
    before it counts it, and the next run would report it a second time.
    """
    change, titles = gain.change, dict[int, str]()
    for unlock in sorted(earned, key=lambda u: (u.unlocked_at, u.achievement_id)):
        if unlock.game_id == change.game_id and (unlock.hardcore or not gain.is_hardcore_upgrade):
            titles.setdefault(unlock.achievement_id, unlock.title)
    before, after = change.before.num_achieved, change.after.num_achieved
    if gain.is_hardcore_upgrade:
        before, after = change.before.num_achieved_hardcore, change.after.num_achieved_hardcore
    return list(titles.values())[before:after] if len(titles) >= after else []


def message_prefix(player: str, away: bool) -> str:
    """Return the beginning of a message: the player, and whether it happened during a gap."""
    return f"{player}, while away: " if away else f"{player}: "


def _plus(points: int) -> str:
    return f", +{pluralize(points, 'point')}" if points > 0 else ""
