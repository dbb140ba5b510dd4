"""What a player gained between two stretches of a game, in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from syncer.core.formats.text import pluralize
from syncer.core.model.library import Unlock
from syncer.core.model.progress import GameId, Progress

from .model import Message, MessageKind

MAX_GAMES, MAX_NAMES = 10, 5  # that one message names


@dataclass(frozen=True, slots=True)
class Change:
    """Two stretches of one game that follow each other. `award`: the highest that the listing told."""

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
    """`again`: they were unlocked before, and now in hardcore."""

    change: Change
    count: int
    points: int
    is_hardcore_upgrade: bool = False


def gain_from(c: Change) -> Gain | None:
    """None where nothing was gained. A set that comes back after it was gone brings nobody anything."""
    before, after = c.before, c.after
    if not before.num_possible_achievements or not after.num_possible_achievements:
        return None
    if after.num_achieved > before.num_achieved:
        return Gain(c, after.num_achieved - before.num_achieved, after.score_achieved - before.score_achieved)
    hardcore = after.num_achieved_hardcore - before.num_achieved_hardcore
    if hardcore > 0 and after.num_achieved == before.num_achieved:
        points = after.score_achieved_hardcore - before.score_achieved_hardcore
        return Gain(c, hardcore, points, is_hardcore_upgrade=True)
    return None


def unlocks_message(player: str, gains: Sequence[Gain], earned: Sequence[Unlock]) -> Message:
    """One message for all of a run. `earned`: all that is known to be unlocked in these games."""
    away = all(gain.change.after_gap for gain in gains)
    lines = [game_line(gain, earned, tell_gap=not away) for gain in gains[:MAX_GAMES]]
    if len(gains) == 1:
        return Message(MessageKind.UNLOCKS, message_prefix(player, away) + lines[0], gains[0].change.game_id)
    count, points = sum(gain.count for gain in gains), sum(gain.points for gain in gains)
    first = f"{pluralize(count, 'achievement')} in {len(gains)} games{_plus(points)}"
    more = [f"and in {pluralize(len(gains) - MAX_GAMES, 'more game')}"] if len(gains) > MAX_GAMES else []
    return Message(MessageKind.UNLOCKS, "\n".join([message_prefix(player, away) + first, *lines, *more]))


def game_line(gain: Gain, earned: Sequence[Unlock], *, tell_gap: bool) -> str:
    hardcore = " again, now in hardcore" if gain.is_hardcore_upgrade else ""
    gap = " (while away)" if tell_gap and gain.change.after_gap else ""
    names = names_of(gain, earned)
    more = [f"{len(names) - MAX_NAMES} more"] if len(names) > MAX_NAMES else []
    told = f": {', '.join([*names[:MAX_NAMES], *more])}" if names else ""
    in_game = f"{pluralize(gain.count, 'achievement')} in {gain.change.title_or_id}"
    return f"{in_game}{hardcore}{_plus(gain.points)}{gap}{told}"


def names_of(gain: Gain, earned: Sequence[Unlock]) -> list[str]:
    """By their place in the order of unlocking: the site may tell of an unlock before it counts it.

    None, where fewer are known than are counted.
    """
    c, titles = gain.change, dict[int, str]()
    for u in sorted(earned, key=lambda u: (u.unlocked_at, u.achievement_id)):
        if u.game_id == c.game_id and (u.hardcore or not gain.is_hardcore_upgrade):
            titles.setdefault(u.achievement_id, u.title)
    before, after = c.before.num_achieved, c.after.num_achieved
    if gain.is_hardcore_upgrade:
        before, after = c.before.num_achieved_hardcore, c.after.num_achieved_hardcore
    return list(titles.values())[before:after] if len(titles) >= after else []


def message_prefix(player: str, away: bool) -> str:
    """How a message begins."""
    return f"{player}, while away: " if away else f"{player}: "


def _plus(points: int) -> str:
    return f", +{pluralize(points, 'point')}" if points > 0 else ""
