"""Sentences of a review: that nothing was unlocked, and what is not known, which is no 0. Pure."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from syncer.core.formats.text import format_duration, pluralize
from syncer.core.formats.timestamps import start_of

from .model import Gaps, Review


def notes(review: Review, zone: tzinfo, now: datetime, *, reads_unlocks: bool) -> list[str]:
    """Return the sentences. `reads_unlocks`: whether unlocks are still read; times are in the zone."""
    return [
        *_of_nothing(review),
        *_of_end(review, zone, now),
        *_of_unlocks(review, zone, now, reads_unlocks),
        *_of_polls(review, zone),
        *_of_gaps(review.known.gaps),
    ]


def _of_nothing(review: Review) -> Iterator[str]:
    if review.unlocked and not review.sums.days:
        yield f"Nothing was unlocked in {review.period.name}."


def _of_end(review: Review, zone: tzinfo, now: datetime) -> Iterator[str]:
    if now < review.period.span(zone)[1]:
        yield f"{review.period.name} is not over: these are the numbers so far."


def _of_unlocks(review: Review, zone: tzinfo, now: datetime, reads_unlocks: bool) -> Iterator[str]:
    until, name = review.known.unlocks_until, review.period.name
    why = "" if reads_unlocks else ": unlocks = false"
    if review.unlocked is None:
        read = f"read until {_local(until, zone)} only" if until else "not read"
        how = why or (": the next run reads them, syncer sync" if until is None else "")
        yield f"Points, streaks and consoles of {name} are not known: unlocks were {read}{how}."
        return
    # Until today is as good as now: unlocks are read after changes, and once a day.
    today = start_of(now.astimezone(zone).date(), zone)
    if until and until < min(review.period.span(zone)[1], today):
        yield f"Unlocks were read until {_local(until, zone)}: later ones are not counted{why}."


def _of_polls(review: Review, zone: tzinfo) -> Iterator[str]:
    since, (begin, end) = review.known.polled_since, review.period.span(zone)
    what = "hours of play and revised sets"
    if since is None or since >= end:
        yield f"Nothing was polled in {review.period.name}: its {what} are not known."
    elif since > begin:
        yield f"The first poll was on {_local(since, zone)}: {what} before it are not known."
    if since and since < end and review.played is None:
        yield f"No play session of {review.period.name} is known: how long you played is not known."


def _of_gaps(gaps: Gaps) -> Iterator[str]:
    if gaps.count:
        length = format_duration(gaps.length)
        yield (
            f"The account was not polled for {length} ({pluralize(gaps.count, 'gap')}): all of it may have "
            "been play, and a set that was revised then counts on the day of the next poll."
        )


def _local(moment: datetime | None, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "-"
