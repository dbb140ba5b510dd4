"""The numbers of a review with their words, for the pages, the card and the command. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from syncer.core.formats.text import pluralize
from syncer.core.milestones.streaks import longest_streak
from syncer.core.model.library import AwardKind
from syncer.core.polling.hours import format_played

from .figures import best_of, busiest_hour, by_week, rarest_hour
from .model import Review

BEATEN = (AwardKind.BEATEN_HARDCORE, AwardKind.BEATEN_SOFTCORE)


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, its name and what it means. `day`: the day that the value names."""

    label: str
    value: str
    detail: str = ""
    day: date | None = None


def facts(review: Review) -> list[Fact]:
    """Return what is known, the most important first. What is not known is left out, see notes()."""
    return [*_of_unlocks(review), *_of_sets(review), *_of_days(review), *_of_play(review), *_of_hours(review)]


def _of_unlocks(review: Review) -> Iterator[Fact]:
    if not review.unlocked:
        return
    total, modes = review.sums.total, review.unlocked.modes
    yield Fact("Achievements", f"{total.achievements:,}", pluralize(total.points, "point"))
    before = modes.upgraded.points
    detail = (
        f"{before:,} in softcore before" if before else pluralize(modes.hardcore.achievements, "achievement")
    )
    yield Fact("Hardcore points", f"{modes.hardcore.points:,}", detail)
    softcore = pluralize(modes.softcore.achievements, "achievement")
    yield Fact("Softcore points", f"{modes.softcore.points:,}", softcore)


def _of_sets(review: Review) -> Iterator[Fact]:
    count = review.sums.count
    others = f"{count(AwardKind.COMPLETED):,} completed, {count(*BEATEN):,} beaten"
    if review.unlocked or review.sums.reached:
        yield Fact("Mastered", f"{count(AwardKind.MASTERED):,}", others)


def _of_days(review: Review) -> Iterator[Fact]:
    if not review.unlocked:
        return
    days = review.sums.days
    yield Fact("Days with unlocks", f"{len(days):,}", f"in {pluralize(review.unlocked.game_count, 'game')}")
    length, last = longest_streak(days)
    best, weeks = best_of(days), by_week(days)
    if last and best and (monday := best_of(weeks)):
        yield Fact("Longest streak", pluralize(length, "day"), f"until {_day(last)}", last)
        yield Fact("Best day", _day(best), pluralize(days[best].points, "point"), best)
        points = pluralize(weeks[monday].points, "point")
        yield Fact("Best week from", _day(monday), points)


def _of_play(review: Review) -> Iterator[Fact]:
    if review.played:
        middle, _, margin = format_played(review.played).partition(" ± ")
        yield Fact("Played", middle, f"± {margin} h" if margin else "by play sessions")


def _of_hours(review: Review) -> Iterator[Fact]:
    if review.unlocked and (hour := busiest_hour(review.unlocked.hours)) is not None:
        rarest = rarest_hour(review.unlocked.hours)
        yield Fact("Busiest hour", f"{hour}:00", f"the rarest {rarest}:00")
    if review.revised:
        full = sum(one.was_full for one in review.revised)
        detail = f"{full:,} had been complete" if full else "with your unlocks"
        yield Fact("Revised sets", f"{len(review.revised):,}", detail)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
