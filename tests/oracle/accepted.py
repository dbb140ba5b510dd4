"""Which of the polled numbers are accepted, and when: a second, simple implementation of validation.

It reads the log of answers from the first to the last, one poll at a time, and keeps what is accepted. It
shares no code with the product.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .ledger import Ledger
from .values import (
    ACHIEVED,
    HARDCORE,
    HARDCORE_SCORE,
    POLLS,
    POSSIBLE,
    SCORE,
    Answer,
    Change,
    Numbers,
    Row,
)

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MIN_DROP = 3  # games; fewer that fall to 0 in one answer were reset by the player


@dataclass
class MassDrop:
    """Games that fell to 0 together.

    `totals`: the account's at the last poll before the first such answer. `uncounted`: games that they leave
    out.
    """

    since: datetime
    totals: tuple[int, int]
    uncounted: Collection[int]
    polls: int = 0
    lost: dict[int, Numbers] = field(default_factory=dict)  # the numbers before, by game

    def is_confirmed(self, answer: Answer) -> bool:
        age = answer.at - self.since
        return age >= 7 * DAYS or (age >= 6 * HOURS and self.polls >= 3 and self._totals_fell(answer.totals))

    def _totals_fell(self, now: tuple[int, int]) -> bool:
        lost = [numbers for game, numbers in self.lost.items() if game not in self.uncounted]
        hardcore = sum(n[HARDCORE_SCORE] for n in lost)
        softcore = sum(n[SCORE] - n[HARDCORE_SCORE] for n in lost)
        return self.totals[0] - now[0] >= hardcore and self.totals[1] - now[1] >= softcore


class Acceptance:
    """The accepted numbers of one player's games. `changes`: by game, the first included.

    `max_wait`: the longest time between two polls that leaves no gap.
    """

    def __init__(self, ledger: Ledger, max_wait: timedelta, uncounted: Collection[int]) -> None:
        self.ledger, self.max_wait, self.uncounted = ledger, max_wait, uncounted
        self.changes: dict[int, list[Change]] = {}
        self.open: dict[int, Numbers] = {}
        self.last: dict[int, datetime] = {}
        self.rows: dict[int, frozenset[Row]] = {}
        self.suspect: dict[int, tuple[str, datetime, Numbers]] = {}  # reason, since, numbers
        self.drop: MassDrop | None = None
        self.totals = (0, 0)

    def read(self, answers: Iterable[Answer]) -> dict[int, list[Change]]:
        for answer in answers:
            if answer.endpoint in POLLS:
                self._read_poll(answer)
                self.totals = answer.totals
        return self.changes

    def _read_poll(self, answer: Answer) -> None:
        numbers = answer.numbers()
        self._follow_drop(answer, numbers)
        for game, polled in numbers.items():
            if self._is_accepted(answer, game, polled):
                self._accept(answer, game, polled)
        if self.drop is not None and not self.drop.lost:
            self.drop = None

    def _follow_drop(self, answer: Answer, numbers: dict[int, Numbers]) -> None:
        """Begin, extend or end a mass drop by the games of this answer."""
        begun = {g for g, n in numbers.items() if n[POSSIBLE] and self.open.get(g, n)[ACHIEVED]}
        fell = {g for g in begun if g in self.open and not numbers[g][ACHIEVED]}
        if self.drop is None and len(fell) >= MIN_DROP and 2 * len(fell) >= len(begun):
            self.drop = MassDrop(answer.at, self.totals, self.uncounted)
        if self.drop is None:
            return
        for game in numbers:
            if game in fell:
                self.drop.lost.setdefault(game, self.open[game])
            else:
                self.drop.lost.pop(game, None)
        self.drop.polls += bool(fell)

    def _is_accepted(self, answer: Answer, game: int, polled: Numbers) -> bool:
        known = self.open.get(game)
        if known is None or polled == known:
            return True
        if not any(polled):
            return self._stood(game, "zero", answer.at, polled) >= 10 * MINUTES
        if self.drop is not None and game in self.drop.lost:
            return self.drop.is_confirmed(answer)
        if is_unsettled(known, polled):
            return self._stood(game, "unsettled", answer.at, known) >= 10 * MINUTES
        return True

    def _stood(self, game: int, reason: str, at: datetime, numbers: Numbers) -> timedelta:
        """Return how long this suspicion has stood without a break."""
        found = self.suspect.get(game)
        if found is None or (found[0], found[2]) != (reason, numbers):
            found = self.suspect[game] = (reason, at, numbers)
        return at - found[1]

    def _accept(self, answer: Answer, game: int, polled: Numbers) -> None:
        before, late = self.open.get(game), answer.at - self.last.get(game, answer.at) > self.max_wait
        self.suspect.pop(game, None)
        if polled != before:
            rows = self._rows(answer, game, polled)
            seen = self.rows.get(game, frozenset())
            change = Change(answer.at, game, before, polled, seen, rows, late and before is not None)
            self.changes.setdefault(game, []).append(change)
            self.open[game], self.rows[game] = polled, rows
            if self.drop is not None:
                self.drop.lost.pop(game, None)
        self.last[game] = answer.at

    def _rows(self, answer: Answer, game: int, polled: Numbers) -> frozenset[Row]:
        """Return the unlocks behind the numbers: none behind a zero, whatever the truth."""
        rows = self.ledger.rows_at(game, answer.at) if polled[ACHIEVED] else frozenset()
        counted = len({row.achievement for row in rows})
        assert answer.lies or counted == polled[ACHIEVED], (answer.at, game, counted, polled)
        return rows


def is_unsettled(known: Numbers, polled: Numbers) -> bool:
    """Return whether an unlock is being written: a count moved and its score did not, or hardcore leads."""
    halves = ((ACHIEVED, SCORE), (HARDCORE, HARDCORE_SCORE))
    moved = any(known[count] != polled[count] and known[score] == polled[score] for count, score in halves)
    return moved or polled[HARDCORE] > polled[ACHIEVED]
