"""Which tests run on PostgreSQL in the soak only: those of rules that no dialect can change."""

import pytest

# Files whose rules are those of the core or of the pages, not of a dialect.
SLOW = (
    *("test_unlock_totals", "test_unlock_dates", "test_unlock_reading_cost"),
    *("test_mass_drops", "test_sequences", "test_suspect_polls", "test_account_history", "test_events"),
    *("edges/test_restored", "test_player_changes", "test_what_counts"),
    *("test_time_travel_moments", "test_time_travel_account", "test_time_travel_played"),
    "test_failing_neighbours",
)
WITHOUT_POSTGRES = SLOW[:3]  # the oracle's season runs the same SQL there

# The same of files in which the tests that stay are marked: they run each statement there that others run.
MARKED = (
    *("edges/test_account_check", "edges/test_changed_schedule", "edges/test_digests", "edges/test_play"),
    *("oracle/test_restored", "oracle/test_restored_further"),
)


@pytest.hookimpl(tryfirst=True)  # before items are selected by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests on PostgreSQL for the soak; of each file the first stays, or those marked."""
    seen: set[str] = set()
    for item in items:
        file = item.nodeid.partition(".py")[0]
        if "postgres" not in item.name:
            continue
        if file.endswith(SLOW):
            if file in seen or file.endswith(WITHOUT_POSTGRES):
                item.add_marker(pytest.mark.soak)
            seen.add(file)
        elif file.endswith(MARKED) and not item.get_closest_marker("on_postgres"):
            item.add_marker(pytest.mark.soak)
