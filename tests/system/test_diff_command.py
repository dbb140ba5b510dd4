"""`syncer diff FROM TO`: what differs between two moments."""

from datetime import timedelta

import pytest

from syncer.cli.output import diff_text
from syncer.core.clock import SystemClock
from syncer.core.formats.timestamps import format_utc

from .simulated_site import Site, run_cli


@pytest.fixture
def later(site: Site) -> str:
    """Return a moment between two syncs; after it an achievement of game 1 is unlocked."""
    run_cli(site, "sync")
    moment = format_utc(SystemClock().now())
    site.earn(1)
    run_cli(site, "sync")
    return moment


def test_a_game_that_changed_is_listed_with_its_deltas_and_the_sums(site: Site, later: str) -> None:
    result = run_cli(site, "diff", later)
    headline, _, *rows = result.out.splitlines()
    assert ": +1 achievements (" in headline
    assert headline.endswith(" points, in 1 game.")
    assert len(rows) == 1
    assert "3/4 (+1)" in rows[0]
    assert "First polled in between" not in result.out
    (row,) = run_cli(site, "diff", later, "now", "--json").document["targets"]
    assert (row["game_id"], row["kind"], row["num_achieved"], row["num_achieved_delta"]) == (
        1,
        "changed",
        3,
        1,
    )


def test_a_game_that_was_polled_first_in_between_counts_for_no_sum(site: Site, later: str) -> None:
    before = format_utc(SystemClock().now() - timedelta(days=1))
    result = run_cli(site, "diff", before)
    assert "+0 achievements (+0 in hardcore), +0 points, in 0 games" in result.out
    assert result.out.count("first poll in between") == 4
    hint = " ".join(result.out.split())
    assert "First polled in between: Tester (" in hint
    assert f"syncer unlocks --since {before}" in hint
    found = run_cli(site, "diff", before, "--json").document["targets"]
    assert {row["num_achieved_delta"] for row in found} == {None}
    assert {(row["kind"], row["coverage_from"]) for row in found} == {("first_poll", None)}


def test_many_first_polls_of_a_player_are_one_line_and_listed_if_asked_for(
    site: Site, later: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diff_text, "FEW", 3)
    counted, listed = run_cli(site, "diff", "1d"), run_cli(site, "diff", "1d", "--all")
    assert "Tester: 4 games were polled for the first time. To list them, add --all." in counted.out
    assert "unlocked  hardcore" not in counted.out
    assert "syncer changes --since 1d" in " ".join(counted.out.split())
    assert listed.out.count("first poll in between") == 4
    assert len(run_cli(site, "diff", "1d", "--json").document["targets"]) == 4


def test_a_game_that_is_not_followed_any_more_is_said(site: Site, later: str) -> None:
    site.configure(games="[2, 3]")
    run_cli(site, "sync")
    assert run_cli(site, "diff", later).out.count("not followed any more") == 2


def test_equal_moments_differ_in_nothing_and_the_earlier_one_comes_first(site: Site, later: str) -> None:
    assert run_cli(site, "diff", later, later).out.startswith("No game differs between")
    wrong = run_cli(site, "diff", "now", later)
    assert (wrong.code, "give the earlier moment first" in wrong.err) == (2, True)
