"""Whether equal sums hid a difference: the checks of the account, replayed against what was stored then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from syncer.core.model.progress import GameId

from .record import Check, Numbers, State
from .stored import Row

Half = tuple[int, ...]  # what the player has: counts and scores
NOTHING: Half = (0, 0, 0, 0)
Step = tuple[datetime, int, GameId, Half]  # `int` 0: shown, 1: stored


@dataclass
class Sums:
    """`equal`: checks whose sums agreed with the stored ones. `hidden`: those that hid a difference.

    `lagging`: those of them where the site's sums were older than its rows.
    """

    checks: int = 0
    equal: int = 0
    hidden: int = 0
    lagging: int = 0

    def __str__(self) -> str:
        hid = f"{self.hidden} of these hid a difference ({self.share:.2%}), {self.lagging} as the sums lagged"
        return f"equal sums in {self.equal} of {self.checks} checks; {hid}"

    @property
    def share(self) -> float:
        return self.hidden / self.equal if self.equal else 0.0


class Replay:
    """What the site shows and what is stored of each game, up to a moment."""

    def __init__(self) -> None:
        self._games: tuple[dict[GameId, Half], dict[GameId, Half]] = {}, {}
        self._different: set[GameId] = set()
        self.stored = (0, 0)  # hardcore and all points

    def apply(self, side: int, game_id: GameId, half: Half) -> None:
        before = self._games[side].get(game_id, NOTHING)
        self._games[side][game_id] = half
        if side:
            self.stored = (self.stored[0] + half[3] - before[3], self.stored[1] + half[1] - before[1])
        shown, stored = (games.get(game_id, NOTHING) for games in self._games)
        (self._different.discard if shown == stored else self._different.add)(game_id)

    @property
    def differs(self) -> bool:
        return bool(self._different)


def replay(
    states: Mapping[GameId, Sequence[State]],
    rows: Mapping[GameId, Sequence[Row]],
    checks: Sequence[Check],
    begin: datetime,
) -> Sums:
    """Judge the checks since `begin`. Only games in sums may be given."""
    found, now = Sums(), Replay()
    steps = sorted(_steps(states, rows), key=itemgetter(0, 1))
    position = 0
    for check in checks:
        while position < len(steps) and steps[position][0] < check.at:
            now.apply(*steps[position][1:])
            position += 1
        if check.at >= begin:
            _judge(check, now, found)
    return found


def _judge(check: Check, now: Replay, found: Sums) -> None:
    found.checks += 1
    if now.stored == (check.hardcore, check.hardcore + check.softcore):
        found.equal += 1
        found.hidden += now.differs
        found.lagging += now.differs and check.is_late


def _steps(states: Mapping[GameId, Sequence[State]], rows: Mapping[GameId, Sequence[Row]]) -> Iterator[Step]:
    for game_id, shown in states.items():
        yield from ((state.at, 0, game_id, half(state.numbers)) for state in shown)
        yield from ((row.first, 1, game_id, half(row.numbers)) for row in rows.get(game_id, ()))


def half(numbers: Numbers) -> Half:
    return numbers[2:]
