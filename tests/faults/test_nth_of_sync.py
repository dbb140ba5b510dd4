"""The n-th statement of a whole first `syncer sync` fails: listing, polls, unlocks, titles, messages."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.system.simulated_site import Site, run_cli

from .invariants import assert_site_healed
from .test_nth_statement import LAST, failing

NUMBERS = "SELECT game_id, num_achieved, score_achieved, num_achieved_hardcore FROM snapshots WHERE is_open"
UNLOCKS = "SELECT game_id, achievement_id, hardcore, unlocked_at FROM unlocks"
CODES = (0, 3, 69, 75)  # a failure that is not reported as one would be a bug, 1


def stored(site: Site) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(site.folder / "syncer.db")) as connection:
        return [sorted(connection.execute(query).fetchall()) for query in (NUMBERS, UNLOCKS)]


def fail_each(site: Site, step: int, fails: Callable[[int, int], bool]) -> int:
    """Let one statement of a first run fail after the other; return how many a run has."""
    site.prepare_database()
    empty = (site.folder / "syncer.db").read_bytes()
    expected = None
    for n in (0, *range(1, LAST, step)):  # 0: nothing fails
        (site.folder / "syncer.db").write_bytes(empty)
        site.forget_waits()
        with failing("sqlite", lambda number, n=n: n > 0 and fails(number, n)) as seen:  # type: ignore[misc]
            code = run_cli(site, "sync").code
        assert code in CODES, n
        assert code != 0 or expected is None or stored(site)[0] == expected[0], n
        site.forget_waits()
        assert_site_healed(site)
        expected = expected or stored(site)
        assert stored(site) == expected, n
        if n > len(seen):
            break
    return len(seen)


HOW: dict[str, Callable[[int, int], bool]] = {
    "once": lambda number, n: number == n,
    "from then on": lambda number, n: number >= n,
}


@pytest.mark.parametrize("how", HOW)
def test_d11_a_first_sync_heals_whichever_statement_fails(site: Site, how: str) -> None:
    assert fail_each(site, 41, HOW[how]) > 100


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", HOW)
def test_d11_a_first_sync_heals_when_any_statement_fails(site: Site, how: str) -> None:
    assert fail_each(site, 1, HOW[how]) > 100
