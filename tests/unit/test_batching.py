"""Which targets are due, and how their ids are put into batches."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.model.player import Target
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.polling.promise import Promise, is_due
from syncer.core.sync.batching import bisect, build_batches, by_due_date, split_ids
from tests.fakes import START

MINUTE = timedelta(minutes=1)
HOURLY = Promise(IntervalSchedule(timedelta(hours=1)))
QUARTER = Promise(IntervalSchedule(15 * MINUTE))


def target(game: int, minutes: float = 0, failures: int = 0) -> Target:
    return Target(game, START + minutes * MINUTE, failures=failures)


@pytest.mark.parametrize(
    ("minutes", "failures", "due"),
    [
        (-9999, 0, True),  # long overdue: polled once, not several times
        (0, 0, True),  # this very moment
        (1, 0, False),
        (15, 0, False),  # the longest promise of this interval
        (15.1, 0, True),  # beyond the interval: a wrong clock, or the interval is shorter now
        (360, 1, False),  # the longest back-off
        (360.1, 1, True),
        (525600 * 10, 9, True),  # stored while the clock stood ten years ahead
    ],
)
def test_a_target_is_due_by_its_time_and_its_failures(minutes: float, failures: int, due: bool) -> None:
    assert is_due(target(1, minutes, failures), START, QUARTER) is due


def test_a_shorter_interval_makes_a_distant_target_due_and_a_longer_one_does_not() -> None:
    promised_hourly = target(1, 50)
    assert is_due(promised_hourly, START, QUARTER)
    assert not is_due(promised_hourly, START, HOURLY)
    assert not is_due(target(1, 15), START, HOURLY)


def test_targets_are_sorted_by_due_time_and_then_by_id() -> None:
    assert [t.game_id for t in by_due_date([target(9, 2), target(3, 1), target(2, 2)])] == [3, 2, 9]


def test_targets_with_fewer_failures_come_first_and_no_filler_has_failures() -> None:
    polled = [target(1, failures=2), target(2), target(3, failures=1)]
    assert build_batches([*polled, target(4, 5, failures=1), target(5, 9)], polled, 3, 99) == [
        (2, 5),
        (3,),
        (1,),
    ]


def test_a_full_batch_takes_no_filler() -> None:
    polled = [target(1), target(2)]
    assert build_batches([*polled, target(3, 1)], polled, 2, 99) == [(1, 2)]


def test_fillers_add_no_request_even_when_the_url_is_full() -> None:
    polled = [target(1000), target(1001)]
    later = [target(g, 5) for g in range(2000, 2008)]
    assert build_batches([*polled, *later], polled, 10, id_bytes=14) == [(1000, 1001, 2000)]


def test_a_batch_of_failed_targets_takes_no_filler() -> None:
    polled = [target(g, failures=1) for g in (1, 2, 3)]
    assert build_batches([*polled, target(4, 5)], polled, 4, 99) == [(1, 2), (3,)]
    assert build_batches([target(4, 5)], [], 4, 99) == []


@given(
    st.lists(st.tuples(st.integers(-60, 60), st.integers(0, 9)), max_size=60),
    st.integers(1, 30),
    st.integers(6, 60),
)
def test_each_due_target_is_in_exactly_one_batch_within_all_limits(
    lots: list[tuple[int, int]], max_ids: int, id_bytes: int
) -> None:
    targets = [target(10**n % 99991 + n * 7, minutes, m) for n, (minutes, m) in enumerate(lots)]
    polled = [t for t in targets if is_due(t, START, QUARTER)]
    planned = build_batches(targets, polled, max_ids, id_bytes)
    batched = [game for batch in planned for game in batch]
    assert len(set(batched)) == len(batched)
    assert {t.game_id for t in polled} <= set(batched) <= {t.game_id for t in targets}
    failures = {t.game_id: t.failures for t in targets}
    for batch in planned:
        assert len(",".join(map(str, batch))) <= id_bytes
        assert len(batch) <= max(1, max_ids >> max(failures[g] for g in batch))


@given(st.lists(st.integers(1, 99999), unique=True, max_size=80), st.integers(1, 20), st.integers(5, 50))
def test_batches_keep_the_order_and_both_limits(ids: list[int], max_ids: int, id_bytes: int) -> None:
    found = split_ids(ids, max_ids, id_bytes)
    assert [g for batch in found for g in batch] == ids
    assert all(0 < len(batch) <= max_ids and len(",".join(map(str, batch))) <= id_bytes for batch in found)


@given(st.lists(st.integers(), min_size=2, max_size=50))
def test_bisected_halves_are_never_empty(ids: list[int]) -> None:
    first, second = bisect(tuple(ids))
    assert first + second == tuple(ids)
    assert 0 <= len(first) - len(second) <= 1


def test_ids_are_split_by_count_and_by_bytes() -> None:
    assert split_ids([1, 22, 333], 2, 100) == [(1, 22), (333,)]
    assert split_ids([1, 22, 333], 9, 6) == [(1, 22), (333,)]
    assert split_ids([], 9, 9) == []
    assert bisect((1, 2, 3)) == [(1, 2), (3,)]


def test_failed_targets_are_in_smaller_batches_and_the_last_batch_is_filled_by_due_time() -> None:
    due = [target(g, failures=n) for g, n in ((1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (6, 9))]
    later = [target(7, 9), target(8, 3), target(9, 1, failures=1)]
    assert build_batches([*due, *later], due, 4, 999) == [(1, 2, 8, 7), (3, 4), (5,), (6,)]
