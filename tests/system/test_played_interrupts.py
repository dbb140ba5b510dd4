"""Runs with games = "played" that are interrupted: nothing is lost, doubled or requested again."""

import os
import signal
import sqlite3
from pathlib import Path
from random import Random
from urllib.parse import parse_qs

import pytest

from syncer.demo.request_log import ReceivedRequest
from tests.waiting import PATIENCE

from .played_games import (
    clock,
    configure,
    populate,
    query,
    stored,
    truth,
)
from .simulated_site import Site, a_site, run_cli


@pytest.mark.parametrize("how", [pytest.param(signal.SIGINT, marks=pytest.mark.soak), signal.SIGKILL])
def test_an_interrupt_neither_loses_nor_doubles_an_unlock(site: Site, how: signal.Signals) -> None:
    populate(site, 150, 12, Random(2))
    configure(site)
    rng = Random(int(how))
    for _ in range(3):
        child = site.start("sync")
        clock.wait(rng.uniform(0.4, 1.6))
        os.kill(child.pid, how)
        child.communicate(timeout=PATIENCE)
    assert run_cli(site, "sync").code == 0
    assert sorted(stored(site)) == sorted(truth(site))
    assert "passed every check" in run_cli(site, "db", "check").out
    with sqlite3.connect(site.folder / "syncer.db") as connection:
        (cursor,) = connection.execute("SELECT unlocks_synced_until FROM players").fetchone()
    connection.close()
    assert cursor


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_after_an_interrupt_nothing_stored_is_requested_again(site: Site, how: signal.Signals) -> None:
    """Each sync is interrupted at its n-th request; what was answered before is stored."""
    populate(site, 250, 8, Random(6))
    configure(site)
    interrupt_sync_at(site, how, 4)  # profile, listing, probe, list of all played games
    interrupt_sync_at(site, how, 2)  # 100 games, 83 games
    interrupt_sync_at(site, how, 4)  # 83 games, rank, two pages of unlocks
    result = run_cli(site, "sync")
    assert (result.code, "polled by the interrupted run" in result.err) == (0, True), result.err
    answered = [request for request in site.server.requests if request.status == 200]
    ids = [game for request in answered for game in request.ids]
    assert len(ids) == len(set(ids)) == 3 + 250 - 50  # the probe has polled the 50 games of its page
    assert sum("RecentlyPlayed" in request.path for request in answered) == 1
    assert sum("RankAndScore" in request.path for request in answered) == 1
    begins = [int(parse_qs(a.query)["f"][0]) for a in answered if "EarnedBetween" in a.path]
    assert (begins, len(begins)) == (sorted(set(begins)), len(truth(site)) // 500 + 1)
    assert sum("Completion" in request.path for request in answered) == 1
    assert sorted(stored(site)) == sorted(truth(site))
    before = len(site.server.requests)
    run_cli(site, "sync")  # polls all games again
    assert len({game for request in site.server.requests[before:] for game in request.ids}) == 253


def interrupt_sync_at(site: Site, how: signal.Signals, number: int) -> None:
    """Start a sync and end it while it waits for the answer to its n-th request."""
    last = len(site.server.requests) + number
    children: list[int] = []

    def interrupt(request: ReceivedRequest) -> str | None:
        if request.number < last:
            return None
        os.kill(children[0], how)
        return "hang"

    site.server.choose_fault(interrupt)
    child = site.start("sync")
    children.append(child.pid)
    child.communicate(timeout=PATIENCE)
    site.server.choose_fault(None)
    assert len(site.server.requests) == last


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_two_thousand_games_and_thirty_thousand_unlocks(tmp_path: Path) -> None:
    with a_site(tmp_path, f"sqlite:///{tmp_path / 'syncer.db'}") as site:
        populate(site, 2000, 15, Random(3))
        configure(site)
        planned = run_cli(site, "plan", "--ask", "--json").document
        before = len(site.server.requests)
        assert run_cli(site, "sync").code == 0
        assert len(site.server.requests) - before == pytest.approx(planned["requests"], rel=0.1)
        assert sorted(stored(site)) == sorted(truth(site))
        assert len(stored(site)) > 27_000
        run_cli(site, "sync")
        assert query(site, "SELECT count(*) FROM snapshots WHERE is_open") == [(2003,)]
        requests = len(site.server.requests)
        run_cli(site, "sync")
        assert len(site.server.requests) - requests <= 23
