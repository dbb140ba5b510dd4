"""Text that is meant to do harm, in titles and requests; the key in what a daemon shows; lists of ids."""

import re
import signal
import sys
from pathlib import Path

import pytest

from syncer.core.clock import SystemClock
from syncer.run.player_jobs import PlayerJobs
from tests.system.simulated_site import KEY, Site, run_cli
from tests.system.test_serve import WEB, get, wait_for_line
from tests.waiting import PATIENCE

from .invariants import assert_site_healed

HOME = Path(__file__).parents[2]
TITLES = {
    "a16_nul": ("Moss\0", None),
    "a16_surrogate": ("Moss \ud800", None),
    "a16_ansi": ("\x1b[31mMoss\x1b]0;title\x07", None),
    "a16_direction": ("\u202eMoss", None),
    "a16_megabyte": ("Moss" * 250_000, None),
    "s04_statement": ("Moss'); DROP TABLE snapshots; --", "Moss'); DROP TABLE snapshots; --"),
    "s04_pattern": ("Moss %_\\", "Moss %_\\"),
    "s10_markup": ("[bold red]Moss[/] [/nothing] [link=x]", "[bold red]Moss[/] [/nothing] [link=x]"),
}
HARMFUL = re.compile("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def titles(site: Site) -> list[str]:
    return [row["title"] or "" for row in run_cli(site, "games", "--json").document["games"]]


@pytest.mark.parametrize("name", TITLES)
def test_a_harmful_title_is_stored_as_text_and_printed_inert(each_site: Site, name: str) -> None:
    site, (sent, stored) = each_site, TITLES[name]
    site.prepare_database()
    site.world.catalogue.set_title(1, sent)
    assert run_cli(site, "sync").code == 0
    (title,) = [text for text in titles(site) if "Moss" in text]
    assert stored in (None, title)
    assert not HARMFUL.search(title)
    assert len(title) < 1000
    printed = run_cli(site, "games", environ={"COLUMNS": "200"})
    assert printed.code == 0, printed.err
    assert not HARMFUL.search(printed.out.replace("\n", ""))
    assert title[:20] in printed.out
    assert_site_healed(site)


@pytest.mark.parametrize("words", ["Moss'); DROP TABLE snapshots; --", "%", "' OR 1=1 --", "\\"])
def test_s04_a_statement_in_a_request_finds_nothing_and_changes_nothing(each_site: Site, words: str) -> None:
    site = each_site
    site.prepare_database()
    assert run_cli(site, "sync").code == 0
    for command in (("history", words), ("unlocks", "--game", words), ("status", "--player", words)):
        assert run_cli(site, *command).code in (2, 65, 69, 78), command
    assert_site_healed(site)


PAGES = ("", "games", "changes", "calendar", "sync-health", "metrics", "healthz", "readyz", "feed.atom")


def test_s01_a_daemon_shows_the_key_nowhere(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text() + WEB + '[log]\nlevel = "debug"\n')
    child = site.start("run")
    address = wait_for_line(child.stderr, "serving pages at").split()[-1]
    wait_for_line(child.stderr, "4 of 4 games polled")
    shown = [get(f"{address.rstrip('/')}/{page}").text for page in PAGES]
    if sys.platform == "linux":
        shown += [Path(f"/proc/{child.pid}/{name}").read_text() for name in ("cmdline", "environ")]
    child.send_signal(signal.SIGTERM)
    shown += child.communicate(timeout=PATIENCE)
    assert child.returncode == 0
    assert [text[:80] for text in shown if KEY in text] == []
    assert_site_healed(site)


def test_s13_jobs_are_kept_in_memory_and_nothing_is_unpickled() -> None:
    unpickles = re.compile(r"^\s*(import|from) (pickle|shelve|marshal)\b", re.M)
    files = (HOME / "syncer").rglob("*.py")
    assert [file for file in files if unpickles.search(file.read_text("utf-8"))] == []
    jobs = PlayerJobs(SystemClock())
    jobs.start(lambda: None)
    assert [type(store).__name__ for store in jobs._scheduler._jobstores.values()] == ["MemoryJobStore"]
    assert jobs.shut_down(PATIENCE)


def test_a17_ids_that_come_twice_are_polled_once_and_thousands_in_full_batches(site: Site) -> None:
    site.configure(games=str([1, 2, 2, 3, 1, 4]))
    assert "4 games" in run_cli(site, "config", "check").out
    assert run_cli(site, "sync").code == 0
    asked = [game for request in site.server.requests for game in request.ids]
    assert sorted(asked) == sorted(set(asked))
    site.configure(games=str([*range(1, 10_001), *range(1, 101)]))
    assert run_cli(site, "config", "check").code == 0
    plan = run_cli(site, "plan", "--json").document
    assert plan["players"][0]["targets"] == 10_000
