"""The commands, as typed."""

import csv
import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.core.clock import SystemClock
from syncer.core.model.schedule import IntervalSchedule
from syncer.store.db.revision import head

from .simulated_site import KEY, Site, run_cli


def test_from_a_configuration_to_history(each_site: Site) -> None:
    site = each_site
    if not site.url.startswith("sqlite"):
        refused = run_cli(site, "sync")
        assert (refused.code, "syncer db upgrade" in refused.err) == (78, True)
    assert run_cli(site, "db", "upgrade").code == 0
    first = run_cli(site, "sync", "--json").document["runs"][0]
    assert (first["outcome"], first["targets_seen"], first["snapshots_added"], first["requests"]) == (
        "ok",
        4,
        4,
        3,
    )
    site.earn(1)
    assert "1 new snapshot," in run_cli(site, "sync").out
    stretches = run_cli(site, "history", "1", "--json").document["stretches"]
    assert [row["kind"] for row in stretches] == ["baseline", "unlock"]
    assert stretches[1]["num_achieved_delta"] == 1
    assert "3/4 (+1)" in run_cli(site, "history", "1").out
    rows = list(csv.DictReader(io.StringIO(run_cli(site, "history", "1", "--csv").out)))
    assert [row["num_achieved"] for row in rows] == ["2", "3"]
    assert all(row["first_seen_at"].endswith("Z") for row in rows)
    found = run_cli(site, "at", "0s", "--json").document["targets"]
    assert (found[0]["game_id"], found[0]["num_achieved"], found[0]["coverage"]) == (1, 3, "between")
    assert run_cli(site, "at", "0s", "--shape", "api").document["1"]["NumAchieved"] == 3
    assert "Game" not in run_cli(site, "at", "0s").err
    assert run_cli(site, "gaps", "--json").document["gaps"] == []
    assert "No gaps" in run_cli(site, "gaps").out
    status = run_cli(site, "status", "--json").document["players"][0]
    assert (status["targets"], status["changes_today"], status["last_run"]["outcome"]) == (4, 1, "ok")
    assert "Tester: 4 games" in run_cli(site, "status").out
    assert run_cli(site, "health").code == 0
    assert run_cli(site, "health", "--json").document["ok"] is True
    assert "sound" in run_cli(site, "db", "check").out
    assert run_cli(site, "db", "current", "--json").document == {
        "current": head(),
        "head": head(),
    }
    assert "Nothing is due" in run_cli(site, "sync", "--due").out


def test_an_unknown_id_a_time_before_and_a_name_nobody_has(site: Site) -> None:
    run_cli(site, "sync")
    assert "Nothing is stored about game 77" in run_cli(site, "history", "77").out
    assert "Nothing was known yet" in run_cli(site, "at", "2020-01-01").out
    assert run_cli(site, "history", "1", "--player", "nobody").code == 78
    assert run_cli(site, "history", "1", "--player", "TESTER").code == 0
    assert run_cli(site, "sync", "--player", "nobody").code == 78


@pytest.mark.parametrize(
    "arguments",
    [
        ("at", "2099-01-01"),
        ("at", "soon"),
        ("history", "one"),
        ("dance",),
        ("sync", "--wait", "3x"),
        ("sync", "--jsn"),
        ("at", "999999w"),
        ("at", "9999-12-31"),
        ("at", "0001-01-01T00:00:00+14:00"),
        ("history", "1", "--since", "999999d"),
        ("history", "1", "--until", "9999-12-31"),
        ("history", "99999999999999999999"),
    ],
)
def test_a_wrong_word_is_a_usage_error(site: Site, arguments: tuple[str, ...]) -> None:
    run_cli(site, "sync")
    assert run_cli(site, *arguments).code == 2


def test_a_time_that_ends_before_it_begins_is_a_usage_error(site: Site) -> None:
    run_cli(site, "sync")
    today = f"{SystemClock().now():%Y-%m-%d}"
    for command in (["history", "1"], ["history", "1", "--csv"], ["changes", "--json"], ["export", "runs"]):
        said = run_cli(site, *command, "--since", "1d", "--until", "2026-01-01")
        assert (said.code, said.out) == (2, "")
        assert "--since 1d is later than --until 2026-01-01" in said.err
        assert run_cli(site, *command, "--since", today, "--until", today).code == 0


def test_a_long_title_is_cut_in_tables_and_nowhere_else(site: Site) -> None:
    site.world.catalogue.set_title(1, "Long " * 51)
    site.world.catalogue.set_title(2, "Short")
    run_cli(site, "sync")
    site.earn(1)
    run_cli(site, "sync")
    for command in (("at", "0s"), ("changes",)):
        said = run_cli(site, *command)
        assert max(map(len, said.out.splitlines())) < 160
        assert " Long… " in said.out
        assert "Long " * 50 in run_cli(site, *command, "--json").out
    assert "Long " * 50 in run_cli(site, "export", "games").out


def test_a_misspelt_player_is_a_configuration_error(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text().replace("[[players]]", '[[players]]\nusername = "Testerr"'))
    said = run_cli(site, "sync")
    assert said.code == 78
    assert "knows no player Testerr" in said.out
    assert run_cli(site, "health").code == 69


def test_every_problem_of_a_configuration_is_told_at_once(site: Site) -> None:
    path = site.folder / "config.toml"
    path.write_text('[api]\nusernme = "x"\ntimeout = "3x"\n[[players]]\ngames = ["two"]\n')
    said = run_cli(site, "config", "check")
    assert said.code == 78
    assert all(
        word in said.err
        for word in ("did you mean username?", "'3x' is not a duration", "'two' is not a game id")
    )


def test_show_masks_the_key(site: Site) -> None:
    said = run_cli(site, "config", "show", "--json")
    assert {"name": "api.key", "value": "***", "origin": "file key"} in said.document["settings"]
    assert KEY not in said.out
    assert "api.base_url" in run_cli(site, "config", "show").out
    assert "1 player, 4 games" in run_cli(site, "config", "check").out


def test_a_missing_database_is_not_made_by_asking(site: Site) -> None:
    said = run_cli(site, "status")
    assert said.code == 78
    assert not (site.folder / "syncer.db").exists()


def test_an_empty_file_is_no_database(site: Site) -> None:
    (site.folder / "syncer.db").touch()
    assert run_cli(site, "sync").code == 65
    assert (site.folder / "syncer.db").stat().st_size == 0


def test_an_outage_shows_as_a_gap_that_still_runs(site: Site) -> None:
    site.configure(every="1s")
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace("[schedule]", '[schedule]\ngap_after = "0s"'))
    run_cli(site, "sync")
    SystemClock().wait(1.2)
    assert len(run_cli(site, "gaps", "--json").document["gaps"]) == 4
    said = run_cli(site, "gaps").out
    assert ("still running" in said, "4 games" in said, said.count("Tester")) == (True, True, 1)
    SystemClock().wait(2.2)
    assert run_cli(site, "health").code == 69


def test_help_imports_no_library_but_click() -> None:
    code = "import sys; from syncer.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += (
        "print([m for m in ('sqlalchemy', 'requests', 'pydantic', 'rich', 'alembic') if m in sys.modules])"
    )
    cwd = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=cwd)
    assert said.stdout.strip().endswith("[]")
    assert "The daemon" in said.stdout


def test_a_reader_that_has_seen_enough_and_a_full_device_are_no_crash(site: Site) -> None:
    run_cli(site, "sync")
    child = site.start("status")
    assert child.stdout
    child.stdout.close()
    assert child.wait(20) == 0
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "syncer", "status"]
        cwd = Path(__file__).parents[2]
        done = subprocess.run(
            command, env=site.env, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=cwd
        )
    assert done.returncode == 69
    assert "Traceback" not in done.stderr
    assert os.path.exists(site.folder / "syncer.db")


def test_the_demo_runs_three_weeks_and_ends(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    # A sixth of its polls is enough.
    monkeypatch.setattr("syncer.cli.commands.demo.FAST", IntervalSchedule(timedelta(hours=12)))
    said = run_cli(site, "demo", "--once")
    assert said.code == 0
    assert "PixelHeron" in said.out
    assert "unlock" in said.out


def test_a_player_who_left_the_configuration_is_no_worry_any_more(each_site: Site) -> None:
    site = each_site
    run_cli(site, "db", "upgrade")
    site.world.add_account("Moss", "m" * 32)
    path = site.configure()
    alone = path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"')
    path.write_text(alone + '[[players]]\nusername = "Moss"\ngames = [1]\n')
    assert run_cli(site, "sync").code == 0
    assert len(run_cli(site, "status", "--json").document["players"]) == 2
    path.write_text(alone)
    assert run_cli(site, "sync").code == 0
    assert [p["username"] for p in run_cli(site, "status", "--json").document["players"]] == ["Tester"]
    assert len(run_cli(site, "history", "1", "--player", "Moss", "--json").document["stretches"]) == 1


def test_changes_are_named_newest_first(site: Site) -> None:
    run_cli(site, "sync")
    assert "Nothing changed since" in run_cli(site, "changes").out
    site.earn(1)
    site.world.reset_game("Tester", 2)
    run_cli(site, "sync")
    found = run_cli(site, "changes", "--json").document["changes"]
    assert sorted(row["kind"] for row in found) == ["reset", "unlock"]
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
    assert len(run_cli(site, "changes", "--all", "--json").document["changes"]) == 6
    said = run_cli(site, "changes").out
    assert ("3/4 (+1)" in said, "0/4 (-2)" in said) == (True, True)
    assert run_cli(site, "changes", "--until", "1d", "--json").document["changes"] == []
    assert run_cli(site, "changes", "--since", "soon").code == 2


@pytest.mark.parametrize("words", [("-v", "sync"), ("sync", "-v"), ("sync", "--due", "--verbose")])
def test_how_much_to_say_may_stand_anywhere(site: Site, words: tuple[str, ...]) -> None:
    assert "4 games in 1 request" in run_cli(site, *words).err


def test_the_configuration_may_stand_anywhere_and_what_follows_two_dashes_is_a_word(site: Site) -> None:
    path = str(site.folder / "config.toml")
    elsewhere = {"SYNCER_CONFIG": "/nowhere"}
    assert run_cli(site, "config", "check", "--config", path, environ=elsewhere).code == 0
    assert run_cli(site, "config", "check", f"--config={path}", environ=elsewhere).code == 0
    run_cli(site, "sync")
    assert run_cli(site, "history", "--", "-v").code == 2
