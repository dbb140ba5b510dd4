"""Reviews as values, for the tests of their words and of their card."""

from datetime import UTC, date, datetime, timedelta

from syncer.core.model.library import AwardKind
from syncer.core.polling.hours import Played
from syncer.core.review.model import (
    Gaps,
    Known,
    Modes,
    OfConsole,
    OfGame,
    PeriodSums,
    Reached,
    Review,
    RevisedSet,
    Tally,
    Unlocked,
)
from syncer.core.review.period import Period

MAY = Period(2026, 5)
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
POLLED = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS = (*(0,) * 20, 5, 9, 1, 0)


def reached(game: int, kind: AwardKind = AwardKind.MASTERED, title: str | None = "Sonic") -> Reached:
    return Reached(game, title, "Mega Drive", kind, BEGIN + game * HOUR, is_exact=True, has_page=True)


def review(title: str | None = "Sonic", console: str | None = "Mega Drive") -> Review:
    """Return a month in which everything happened."""
    days = {date(2026, 5, 3): Tally(10, 100), date(2026, 5, 4): Tally(5, 50)}
    modes = Modes(Tally(12, 130), Tally(5, 30), Tally(2, 10))
    consoles = [OfConsole(console, Tally(15, 150), 1)]
    games = [OfGame(1, title, Tally(15, 150), has_page=True)]
    revised = [RevisedSet(1, title, 2, 34, 35, BEGIN, was_full=True)]
    known = Known(NOW, POLLED, Gaps())
    sums = PeriodSums(days, [reached(1, title=title), reached(2, AwardKind.BEATEN_SOFTCORE, title)])
    unlocked = Unlocked(modes, HOURS, consoles, games)
    return Review(MAY, sums, unlocked, Played(10 * HOUR, 12 * HOUR), revised, known)


def nothing_known() -> Review:
    return Review(MAY, PeriodSums(), None, None, (), Known(None, None))


def quiet() -> Review:
    """Return a month in which nothing happened."""
    return Review(MAY, PeriodSums(), Unlocked(Modes(), (0,) * 24, (), ()), None, (), Known(NOW, POLLED))
