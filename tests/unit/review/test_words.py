"""What a review says in words: its numbers, and what is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syncer.core.polling.hours import Played
from syncer.core.review.facts import facts
from syncer.core.review.model import Gaps, Known, Modes, Review, Tally
from syncer.core.review.notes import notes

from .reviews import BEGIN, HOUR, NOW, POLLED, nothing_known, quiet, review


def said(of: Review, now: datetime = NOW, *, reads_unlocks: bool = True) -> list[str]:
    return notes(of, UTC, now, reads_unlocks=reads_unlocks)


def test_each_number_has_its_name() -> None:
    assert [(one.label, one.value, one.detail) for one in facts(review())] == [
        ("Achievements", "15", "150 points"),
        ("Hardcore points", "130", "10 in softcore before"),
        ("Softcore points", "30", "5 achievements"),
        ("Mastered", "1", "0 completed, 1 beaten"),
        ("Days with unlocks", "2", "in 1 game"),
        ("Longest streak", "2 days", "until 4 May"),
        ("Best day", "3 May", "100 points"),
        ("Best week from", "27 Apr", "100 points"),
        ("Played", "11.0 h", "± 1.0 h"),
        ("Busiest hour", "21:00", "the rarest 22:00"),
        ("Revised sets", "1", "1 had been complete"),
    ]


def test_what_is_not_known_has_no_number() -> None:
    assert facts(nothing_known()) == []
    assert [one.label for one in facts(quiet())] == [
        *("Achievements", "Hardcore points", "Softcore points", "Mastered", "Days with unlocks")
    ]


def test_details_fit_the_case() -> None:
    found = review()
    assert found.unlocked
    modes = Modes(Tally(12, 130))
    revised = [replace(found.revised[0], was_full=False)]
    exact = replace(
        found, unlocked=replace(found.unlocked, modes=modes), revised=revised, played=Played(HOUR, HOUR)
    )
    details = {one.label: one.detail for one in facts(exact)}
    assert details["Hardcore points"] == "12 achievements"
    assert details["Revised sets"] == "with your unlocks"
    assert details["Played"] == "by play sessions"


def test_a_whole_month_that_was_polled_needs_no_sentence() -> None:
    assert said(review()) == []


def test_nothing_known_is_said_with_the_command_that_changes_it() -> None:
    assert said(nothing_known()) == [
        "Points, streaks and consoles of May 2026 are not known: unlocks were not read: the next run reads "
        "them, syncer sync.",
        "Nothing was polled in May 2026: its hours of play and revised sets are not known.",
    ]
    (of_unlocks, _) = said(nothing_known(), reads_unlocks=False)
    assert of_unlocks.endswith("unlocks were not read: unlocks = false.")


def test_a_month_without_unlocks_and_one_that_goes_on() -> None:
    assert said(quiet(), BEGIN + HOUR) == [
        "Nothing was unlocked in May 2026.",
        "May 2026 is not over: these are the numbers so far.",
        "No play session of May 2026 is known: how long you played is not known.",
    ]


def test_unlocks_that_end_within_the_month_or_before_it() -> None:
    known = Known(BEGIN + 36 * HOUR, POLLED)
    assert said(replace(review(), known=known)) == [
        "Unlocks were read until 2026-05-02 12:00: later ones are not counted."
    ]
    assert said(replace(review(), known=known), BEGIN + 37 * HOUR)[1:] == []  # today is as good as now
    before = replace(review(), known=Known(BEGIN - HOUR, POLLED), unlocked=None)
    assert said(before, reads_unlocks=False) == [
        "Points, streaks and consoles of May 2026 are not known: unlocks were read until 2026-04-30 23:00 "
        "only: unlocks = false."
    ]


def test_the_first_poll_and_gaps_are_said() -> None:
    known = Known(NOW, BEGIN + 12 * HOUR, Gaps(2, timedelta(days=3)))
    assert said(replace(review(), known=known)) == [
        "The first poll was on 2026-05-01 12:00: hours of play and revised sets before it are not known.",
        "The account was not polled for 3 days (2 gaps): all of it may have been play, and a set that was "
        "revised then counts on the day of the next poll.",
    ]
