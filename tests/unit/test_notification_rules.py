"""Which changes are worth a message, and the texts."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.milestones.changes import Contained, NamedUnlock
from syncer.core.model.library import AwardKind, PlayedGame
from syncer.core.model.progress import Progress
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.gains import Change
from syncer.core.notifications.model import (
    MAX_ATTEMPTS,
    MAX_RETRY_WAIT,
    Message,
    MessageKind,
    Recipients,
    next_attempt_at,
)
from syncer.core.notifications.rules import (
    LastRun,
    award_messages,
    change_messages,
    expired_digest,
    run_state_message,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def progress(possible: int, achieved: int, hardcore: int) -> Progress:
    return Progress(possible, possible * 10, achieved, achieved * 10, hardcore, hardcore * 10)


def change(before: Progress, after: Progress, **more: object) -> Change:
    return Change(7, "Sonic", before, after, **more)  # type: ignore[arg-type]


def messages(*changes: Change) -> list[tuple[MessageKind, str]]:
    return [(m.kind, m.text) for m in change_messages("Heron", changes)]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (progress(20, 19, 19), progress(20, 20, 20), [MessageKind.MASTERED, MessageKind.UNLOCKS]),
        (
            progress(20, 20, 19),
            progress(20, 20, 20),
            [MessageKind.MASTERED, MessageKind.UNLOCKS],
        ),  # completed before
        (progress(20, 19, 3), progress(20, 20, 3), [MessageKind.COMPLETED, MessageKind.UNLOCKS]),
        (progress(22, 20, 20), progress(20, 20, 20), [MessageKind.MASTERED]),  # the missing ones were demoted
        (progress(20, 20, 20), progress(22, 20, 20), [MessageKind.REVISED]),
        (progress(20, 20, 0), progress(22, 20, 0), [MessageKind.REVISED]),  # completed in softcore
        (progress(20, 20, 20), progress(19, 19, 19), [MessageKind.REVISED]),  # still mastered
        (progress(20, 18, 18), progress(22, 18, 18), []),  # was not completed
        (progress(20, 20, 20), progress(0, 0, 0), []),  # the set is gone: the site may be at fault
        (progress(0, 0, 0), progress(20, 20, 20), []),  # the set is back: no gain
        (progress(20, 5, 5), progress(20, 0, 0), []),  # a reset
        (progress(20, 5, 5), progress(20, 5, 7), [MessageKind.UNLOCKS]),  # again, now in hardcore
        (progress(20, 5, 5), progress(20, 4, 6), []),  # one demoted, another now in hardcore: ambiguous
    ],
)
def test_the_messages_about_a_change(before: Progress, after: Progress, kinds: list[MessageKind]) -> None:
    assert [kind for kind, _ in messages(change(before, after))] == kinds


def test_a_second_revision_of_a_game_with_an_award_is_reported() -> None:
    again = change(progress(22, 20, 20), progress(24, 20, 20), award="mastered")
    assert messages(again) == [
        (MessageKind.REVISED, "Heron: the set of Sonic was revised: 22 -> 24 achievements, 4 to go")
    ]


def test_the_texts() -> None:
    assert messages(change(progress(20, 17, 17), progress(20, 20, 20))) == [
        (MessageKind.MASTERED, "Heron: mastered Sonic: all 20 in hardcore, 200 points"),
        (MessageKind.UNLOCKS, "Heron: 3 achievements in Sonic, +30 points"),
    ]
    assert messages(change(progress(20, 3, 0), progress(20, 4, 0), after_gap=True)) == [
        (MessageKind.UNLOCKS, "Heron, while away: 1 achievement in Sonic, +10 points")
    ]
    untitled = Change(8, None, progress(20, 5, 5), progress(20, 5, 6))
    assert messages(untitled) == [
        (MessageKind.UNLOCKS, "Heron: 1 achievement in game 8 again, now in hardcore, +10 points")
    ]


def test_one_message_for_all_games_of_a_run() -> None:
    other = Change(8, "Mario", progress(9, 1, 0), progress(9, 2, 0), after_gap=True)
    ((kind, text),) = messages(change(progress(20, 3, 0), progress(20, 5, 0)), other)
    assert (kind, text.splitlines()) == (
        MessageKind.UNLOCKS,
        [
            "Heron: 3 achievements in 2 games, +30 points",
            "2 achievements in Sonic, +20 points",
            "1 achievement in Mario, +10 points (while away)",
        ],
    )
    many = [Change(n, f"Game {n}", progress(9, 1, 0), progress(9, 2, 0)) for n in range(1, 15)]
    ((_, long),) = messages(*many)
    assert long.splitlines()[0] == "Heron: 14 achievements in 14 games, +140 points"
    assert long.splitlines()[-1] == "and in 4 more games"


def contained(unlocks: int = 0, upgrades: int = 0) -> Contained:
    rows = [NamedUnlock(n, f"Feat {n}", 10, True, NOW + timedelta(minutes=n)) for n in range(1, 10)]
    return Contained(tuple(rows[:unlocks]), tuple(rows[:upgrades]))


def test_the_achievements_are_named_where_they_are_known() -> None:
    ((_, text),) = messages(change(progress(20, 2, 0), progress(20, 4, 0), contained=contained(2)))
    assert text == "Heron: 2 achievements in Sonic, +20 points: Feat 1, Feat 2"
    ((_, again),) = messages(change(progress(20, 4, 0), progress(20, 4, 1), contained=contained(0, 1)))
    assert again.endswith("in hardcore, +10 points: Feat 1")
    ((_, unknown),) = messages(change(progress(20, 3, 0), progress(20, 6, 0)))
    assert unknown.endswith("+30 points")
    ((_, many),) = messages(change(progress(20, 0, 0), progress(20, 7, 0), contained=contained(7)))
    assert many.endswith(": Feat 1, Feat 2, Feat 3, Feat 4, Feat 5, 2 more")


def test_a_finished_set_names_its_last_achievement() -> None:
    first, _ = messages(change(progress(20, 18, 18), progress(20, 20, 20), contained=contained(2)))
    assert first[1] == "Heron: mastered Sonic: all 20 in hardcore, 200 points; the last one: Feat 2"


def report(outcome: RunOutcome, error: str = "", cause: str = "", games_seen: int = 4) -> RunReport:
    return RunReport(
        "Heron", outcome, 0, 1, 4, games_seen, error=error, hint="Do it." * bool(error), cause=cause
    )


FAILED, OK = LastRun(RunOutcome.FAILED, "503"), LastRun(RunOutcome.OK, "")


@pytest.mark.parametrize(
    ("now", "last", "kind"),
    [
        (report(RunOutcome.FAILED, "503"), OK, MessageKind.FAILING),
        (report(RunOutcome.FAILED, "503"), None, MessageKind.FAILING),  # the first run ever
        (report(RunOutcome.FAILED, "503"), FAILED, None),  # reported before
        (report(RunOutcome.FAILED, "DNS", "SiteUnavailable"), FAILED, None),  # passes by itself, too
        (report(RunOutcome.FAILED, "key", "Unauthorized"), FAILED, MessageKind.FAILING),  # needs the user
        (report(RunOutcome.OK), FAILED, MessageKind.RECOVERED),
        (report(RunOutcome.PARTIAL, "some"), FAILED, MessageKind.RECOVERED),
        (report(RunOutcome.PARTIAL, "none", games_seen=0), FAILED, None),  # still failing
        (report(RunOutcome.OK), OK, None),
        (report(RunOutcome.OK), None, None),
        (report(RunOutcome.DEFERRED, "wait"), OK, None),  # a Retry-After is no failure
        (report(RunOutcome.INTERRUPTED, "stop"), FAILED, None),
    ],
)
def test_failing_and_recovered_are_reported_once(
    now: RunReport, last: LastRun | None, kind: MessageKind | None
) -> None:
    found = run_state_message(now, last, ())
    assert (found.kind if found else None) is kind


def test_a_failure_has_a_hint_and_is_not_reported_twice_with_the_same_text() -> None:
    key = report(RunOutcome.FAILED, "the key was refused", "Unauthorized")
    found = run_state_message(key, FAILED, ())
    assert found
    assert found.text == "Heron: failed: the key was refused. Do it."
    assert run_state_message(key, FAILED, (found.text,)) is None  # reported before the outage
    assert run_state_message(key, OK, (found.text,)) == found  # a new failure


def award(kind: AwardKind | None, at: datetime | None = NOW, game: int = 7) -> PlayedGame:
    return PlayedGame(game, "Sonic", 1, "MD", "", 20, 9, 9, NOW, kind, at)


BEATEN, SOFTCORE, MASTERED = AwardKind.BEATEN_HARDCORE, AwardKind.BEATEN_SOFTCORE, AwardKind.MASTERED


@pytest.mark.parametrize(
    ("row", "before", "kind"),
    [
        (award(BEATEN), {7: None}, MessageKind.BEATEN),
        (award(BEATEN), {}, MessageKind.BEATEN),  # started and beaten since yesterday
        (award(BEATEN), {7: "beaten-softcore"}, MessageKind.BEATEN),
        (award(SOFTCORE), {7: "beaten-hardcore"}, None),  # not better
        (award(BEATEN), {7: "beaten-hardcore"}, None),
        (award(MASTERED), {7: "beaten-hardcore"}, MessageKind.MASTERED),
        (award(BEATEN, NOW - 30 * DAY), {}, None),  # old, in a game that was not listed before
        (award(BEATEN, None), {}, None),  # without a date
        (award(BEATEN, None), {7: None}, MessageKind.BEATEN),
        (award(None), {7: None}, None),
    ],
)
def test_a_better_award_is_reported(
    row: PlayedGame, before: dict[int, str | None], kind: MessageKind | None
) -> None:
    found = award_messages("Heron", [row], before, NOW - DAY, [])
    assert [m.kind for m in found] == [kind] * (kind is not None)
    assert award_messages("Heron", [row], before, None, []) == []  # the first reading


@pytest.mark.parametrize(
    ("start", "end", "away"),
    [
        (-DAY, DAY, True),
        (-DAY, timedelta(0), True),  # the poll that ended the gap came at that moment
        (timedelta(0), DAY, False),  # the last poll before it did
        (-3 * DAY, -2 * DAY, False),
    ],
)
def test_an_award_is_marked_if_its_date_lies_in_a_gap_of_the_account(
    start: timedelta, end: timedelta, away: bool
) -> None:
    row = award(BEATEN)
    assert row.award_at is not None
    gaps = [(row.award_at + start, row.award_at + end)]
    (found,) = award_messages("Heron", [row], {7: None}, NOW - 9 * DAY, gaps)
    assert found.text == f"Heron{', while away' if away else ''}: beat Sonic in hardcore"


def test_mastered_and_completed_are_selected_by_themselves() -> None:
    for kind in (MessageKind.MASTERED, MessageKind.COMPLETED):
        audience = Recipients(("a",), frozenset({kind}))
        assert [each for each in MessageKind if audience.wants(each)] == [kind]


def test_a_message_is_retried_for_a_day() -> None:
    at, attempts = NOW, 1
    while (retry_at := next_attempt_at(attempts, at)) is not None:
        assert timedelta(0) < retry_at - at <= MAX_RETRY_WAIT
        at, attempts = retry_at, attempts + 1
    assert attempts == MAX_ATTEMPTS
    assert 0.9 * DAY < at - NOW < 1.1 * DAY


def test_the_digest_of_expired_messages() -> None:
    found = expired_digest(
        [MessageKind.UNLOCKS, MessageKind.MASTERED, MessageKind.UNLOCKS], NOW - 3 * DAY, NOW
    )
    text = "3 messages of 2026-04-28 to 2026-05-01 could not be delivered (1 mastered, 2 unlocks)"
    assert found == Message(MessageKind.MISSED, text)
