"""How often the numbers of each game change."""

from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from syncer.core.polling.rates import change_rates, mean_rate

observations = st.dictionaries(
    st.integers(1, 50), st.tuples(st.integers(0, 1000), st.floats(0, 4000)), max_size=20
)


def test_a_rate_is_the_changes_and_a_half_by_the_days_and_half_a_change_at_the_mean_rate() -> None:
    rates = change_rates({1: (9, 90.0), 2: (1, 10.0)})
    assert isclose(mean_rate({1: (9, 90.0), 2: (1, 10.0)}), 0.1)
    assert isclose(rates[1], 9.5 / 95)
    assert isclose(rates[2], 1.5 / 15)


def test_a_game_that_was_just_added_is_taken_for_an_average_one() -> None:
    observed = {1: (10, 100.0), 2: (0, 100.0), 3: (0, 0.0)}
    assert isclose(change_rates(observed)[3], mean_rate(observed))


def test_games_without_any_change_are_polled_alike_however_long_they_are_known() -> None:
    rates = change_rates({game: (0, 10.0) for game in range(5)})
    assert len(set(rates.values())) == 1


@given(observations)
def test_every_rate_is_above_zero_and_more_changes_mean_a_higher_one(
    observed: dict[int, tuple[int, float]],
) -> None:
    assert all(rate > 0 for rate in change_rates(observed).values())
    days = max((days for _, days in observed.values()), default=1.0)
    rates = change_rates({**observed, 98: (1, days), 99: (2, days)})
    assert rates[99] > rates[98]
