"""`syncer review`: its text, its card, and what it refuses."""

import stat
from xml.etree import ElementTree

import pytest

from syncer.core.clock import SystemClock

from .simulated_site import Site, run_cli


@pytest.fixture
def synced(site: Site) -> Site:
    site.earn(1, 2)
    run_cli(site, "sync")
    site.earn(2, 1)
    run_cli(site, "sync")
    return site


def this_year(site: Site) -> str:
    """Return the year of the newest unlock: the test may run at new year."""
    newest: str = run_cli(site, "unlocks", "--json").document["unlocks"][0]["unlocked_at"]
    return newest[:4]


def test_a_review_says_its_numbers_and_what_is_not_known(synced: Site) -> None:
    year = this_year(synced)
    shown = run_cli(synced, "review", year)
    assert shown.code == 0
    review = run_cli(synced, "review", year, "--json").document["reviews"][0]
    lines = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert lines[0] == f"Tester: {year}"
    unlocked = review["unlocked"]
    assert lines[1] == f"Achievements {unlocked['achievements']:,}, {unlocked['points']:,} points"
    assert unlocked["achievements"] >= 3
    assert f"{year} is not over: these are the numbers so far." in lines
    assert sum(review["achievements_by_hour"]) == unlocked["achievements"]


def test_without_a_period_it_is_this_year(synced: Site) -> None:
    shown = run_cli(synced, "review", "--json").document
    assert shown["since"] <= shown["now"] < shown["until"]
    assert len(shown["period"]) == len("2026")


def test_a_period_without_unlocks_is_said(synced: Site) -> None:
    shown = run_cli(synced, "review", "1999-05")
    assert shown.code == 0
    assert "Nothing was unlocked in May 1999." in shown.out
    assert "Nothing was polled in May 1999" in shown.out


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        ("9998", "9998 has not begun: it lies in the future"),
        ("2026-1", "'2026-1' is not a year like"),
        ("last", "'last' is not a year like"),
    ],
)
def test_another_period_is_a_usage_error(period: str, sentence: str, synced: Site) -> None:
    refused = run_cli(synced, "review", period)
    assert (refused.code, refused.out) == (2, "")
    assert sentence in refused.err


def test_a_card_is_a_new_file(synced: Site) -> None:
    year, file = this_year(synced), synced.folder / "card.svg"
    written = run_cli(synced, "review", year, "--card", str(file))
    assert (written.code, written.out) == (0, "")
    assert f"Wrote {file}: {year} of Tester." in written.err
    assert ElementTree.parse(file).getroot().tag.endswith("svg")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run_cli(synced, "review", year, "--card", str(file))
    assert again.code == 2
    assert "exists already; name another file, or add --force" in again.err
    forced = run_cli(synced, "review", year, "--card", str(file), "--force", "--json")
    assert forced.code == 0
    assert forced.document["period"] == year


def test_a_card_goes_to_stdout_without_a_word_beside_it(
    synced: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(synced.folder)
    written = run_cli(synced, "review", this_year(synced), "--card", "-")
    assert (written.code, written.out[:4], written.out.rstrip()[-6:]) == (0, "<svg", "</svg>")
    assert written.err == ""
    assert not (synced.folder / "-").exists()
    both = run_cli(synced, "review", this_year(synced), "--card", "-", "--json")
    assert (both.code, "both go to stdout" in both.err) == (2, True)


def test_the_database_is_no_card_and_force_needs_one(synced: Site) -> None:
    refused = run_cli(synced, "review", "2020", "--card", str(synced.folder / "syncer.db"), "--force")
    assert refused.code == 2
    assert "is the database itself" in refused.err
    assert run_cli(synced, "review", "2020", "--force").code == 2


def test_a_card_shows_one_player(synced: Site) -> None:
    path = synced.folder / "config.toml"
    moss = '[[players]]\nusername = "Moss"\ngames = [1]\n[[players]]\nusername = "Tester"'
    path.write_text(path.read_text().replace("[[players]]", moss))
    synced.world.add_account("Moss", "m" * 32)
    assert run_cli(synced, "sync").code == 0
    year, file = f"{SystemClock().now():%Y}", synced.folder / "card.svg"
    refused = run_cli(synced, "review", year, "--card", str(file))
    assert refused.code == 2
    assert "a card shows one player; add --player NAME" in refused.err
    assert not file.exists()
    assert run_cli(synced, "review", year, "--card", str(file), "--player", "Moss").code == 0


def test_without_a_player_the_next_command_is_named(site: Site) -> None:
    site.configure(games="[1]")
    run_cli(site, "db", "upgrade")
    shown = run_cli(site, "review", "2020")
    assert (shown.code, shown.out.split(".")[0]) == (0, "No player is polled yet")
