"""Rules of what is read again: comparisons, residuals, pauses, and the order of games. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.backfill.consistency import (
    NextReadings,
    after_reading,
    compare_sums,
    due_games,
    format_list_reading,
    format_readings,
    next_readings,
    parse_list_reading,
    parse_readings,
)
from syncer.core.model.consistency import (
    CheckHistory,
    DifferingGame,
    GameReading,
    ListReading,
    Points,
    SumCheck,
    UnlockStatus,
    UnlockSums,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OURS = Points(100, 50)


def sums(site: Points, least: Points = OURS, most: Points | None = None, at: datetime = NOW) -> UnlockSums:
    return UnlockSums(at, site, least, most or least)


def checks(difference: Points, since: datetime, residual: Points | None = None) -> CheckHistory:
    site = Points(OURS.hardcore + difference.hardcore, OURS.softcore + difference.softcore)
    return CheckHistory(SumCheck(NOW - DAY, site, OURS, residual), since, residual)


def differs(by: int = 5, **values: object) -> UnlockStatus:
    """Return a status whose sums have differed for two days."""
    found = UnlockStatus(sums(Points(100 + by, 50)), checks(Points(by, 0), NOW - 2 * DAY))
    return replace(found, **values)  # type: ignore[arg-type]


def chosen(status: UnlockStatus) -> NextReadings:
    return next_readings(status, compare_sums(status), NOW)


def test_what_was_unlocked_around_the_moment_of_the_totals_may_count_or_not() -> None:
    for hardcore, difference in ((99, -1), (100, 0), (110, 0), (111, 1)):
        check = compare_sums(UnlockStatus(sums(Points(hardcore, 50), most=Points(110, 50))))
        assert check
        assert check.difference == Points(difference, 0)


def test_a_known_residual_is_preferred_where_both_fit() -> None:
    known = checks(Points(50, 0), NOW - 9 * DAY, Points(50, 0))
    check = compare_sums(UnlockStatus(sums(Points(150, 50), most=Points(160, 50)), known))
    assert check
    assert (check.ours, check.residual) == (OURS, Points(50, 0))


@pytest.mark.parametrize(
    "status",
    [
        UnlockStatus(),
        differs(list_reading=ListReading(NOW - 9 * DAY, NOW)),
        differs(list_ended_at=NOW),
        differs(sums=sums(Points(105, 50), at=NOW - 2 * DAY)),
    ],
    ids=["no totals", "all unlocks are being read", "totals from before the end of it", "older totals"],
)
def test_sums_that_prove_nothing_are_not_compared(status: UnlockStatus) -> None:
    assert compare_sums(status) is None


def test_the_first_comparison_after_all_unlocks_were_read_shows_the_residual() -> None:
    check = compare_sums(differs(list_ended_at=NOW - DAY / 2))
    assert check
    assert check.residual == Points(5, 0)
    assert chosen(differs(list_ended_at=NOW - DAY / 2)) == NextReadings()


def test_all_unlocks_are_read_where_no_comparison_of_a_day_agreed() -> None:
    reading = chosen(differs())
    assert reading.is_new
    assert reading.list_reading
    assert reading.list_reading.until == NOW
    assert chosen(differs(checks=checks(Points(5, 0), NOW - DAY + timedelta(minutes=1)))) == NextReadings()
    assert chosen(differs(checks=CheckHistory())) == NextReadings()
    varied = differs(checks=checks(Points(3, 0), NOW - 2 * DAY))
    assert chosen(varied).is_new


def test_all_unlocks_are_read_at_most_once_in_30_days() -> None:
    assert not chosen(differs(list_begun_at=NOW - 29 * DAY)).is_new
    assert chosen(differs(list_begun_at=NOW - 30 * DAY)).is_new
    assert chosen(differs(list_begun_at=NOW + 900 * DAY)).is_new  # stored with a wrong clock


def test_games_that_differ_by_as_much_explain_it() -> None:
    game = DifferingGame(7, (1, 2, 3, 4), Points(5, 0))
    assert chosen(differs(games=(game,))) == NextReadings((7,))
    other = replace(game, game_id=8, missing=Points(1, 0))
    assert chosen(differs(games=(game, other))).is_new


def test_an_accepted_mass_drop_needs_neither_a_day_nor_30() -> None:
    games = tuple(DifferingGame(n, (0, 0, 0, 0), Points(-50, 0)) for n in range(1, 7))
    fallen = differs(games=games, drop_accepted_at=NOW, list_begun_at=NOW - DAY, checks=CheckHistory())
    assert chosen(fallen).is_new
    assert not chosen(replace(fallen, games=games[:5], sums=sums(Points(-150, 50)))).is_new  # five are few
    assert not chosen(replace(fallen, list_begun_at=NOW)).is_new  # it was read since
    assert not chosen(replace(fallen, drop_accepted_at=NOW - 31 * DAY)).is_new
    assert not chosen(replace(fallen, drop_accepted_at=None)).is_new


def test_a_reading_of_all_unlocks_goes_on_whatever_else_is_known() -> None:
    left = ListReading(NOW - 9 * DAY, NOW - DAY)
    assert chosen(UnlockStatus(list_reading=left)) == NextReadings(list_reading=left)


NUMBERS = (3, 30, 2, 20)


def game(number: int, numbers: tuple[int, ...] = NUMBERS) -> DifferingGame:
    return DifferingGame(number, numbers, Points(1, 0))


def test_games_never_read_since_they_differ_come_first_then_by_id() -> None:
    read = GameReading(NUMBERS, 1, NOW - 2 * DAY)
    readings = {1: read, 4: read, 3: replace(read, numbers=(3, 30, 1, 10))}
    assert due_games(UnlockStatus(games=tuple(map(game, (5, 4, 3, 2, 1))), readings=readings), NOW) == (
        2,
        3,
        5,
        1,
        4,
    )


@pytest.mark.parametrize(("count", "days"), [(1, 1), (2, 2), (3, 4), (4, 8)])
def test_a_game_that_still_differs_waits_twice_as_long_after_each_reading(count: int, days: int) -> None:
    status = UnlockStatus(games=(game(1),), readings={1: GameReading(NUMBERS, count, NOW)})
    for after, due in ((days * DAY - timedelta(seconds=1), ()), (days * DAY, (1,)), (-DAY, (1,))):
        assert due_games(status, NOW + after) == due


def test_a_hardcore_unlock_is_settled_by_a_later_reading_of_its_game() -> None:
    upgraded = DifferingGame(1, (), None, wanted_since=NOW)
    for readings, due in (
        ({}, (1,)),
        ({1: GameReading((), 0, NOW - DAY)}, (1,)),
        ({1: GameReading((), 0, NOW)}, ()),
        ({1: GameReading((), 1, NOW)}, ()),  # the answer did not fit: it waits
    ):
        assert due_games(UnlockStatus(games=(upgraded,), readings=readings), NOW) == due
    assert due_games(UnlockStatus(games=(replace(upgraded, synced_at=NOW),)), NOW) == ()


def test_a_reading_is_remembered_while_the_game_differs() -> None:
    first = after_reading(None, NUMBERS, NOW, is_mended=False)
    assert first == GameReading(NUMBERS, 1, NOW)
    assert after_reading(first, NUMBERS, NOW, is_mended=False) == GameReading(NUMBERS, 2, NOW)
    assert after_reading(first, (), NOW, is_mended=False) == GameReading((), 1, NOW)
    assert after_reading(first, NUMBERS, NOW, is_mended=True) is None
    assert after_reading(first, (), NOW, is_mended=True) == GameReading((), 0, NOW)


def test_stored_texts_are_read_as_they_were_written() -> None:
    readings = {7: GameReading(NUMBERS, 3, NOW), 2: GameReading((), 0, NOW)}
    assert parse_readings(format_readings(readings)) == readings
    assert parse_readings(None) == parse_readings("") == {}
    left = ListReading(NOW - 9 * DAY, NOW)
    assert parse_list_reading(format_list_reading(left)) == left
    assert parse_list_reading(None) is None
