"""A relative database URL belongs to the configuration, whatever the working directory is."""

import os
from pathlib import Path

import pytest

from .simulated_site import Site, run_cli

RELATIVE = "sqlite:///relative.db"


@pytest.fixture
def elsewhere(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory that is not the folder of the configuration."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    site.url = RELATIVE
    site.configure()
    return folder


def test_two_working_directories_record_one_history(
    site: Site, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_cli(site, "sync").code == 0
    monkeypatch.chdir(site.folder)
    assert run_cli(site, "status", "--json").document["players"][0]["targets"] == 4
    assert (site.folder / "relative.db").is_file()
    assert os.listdir(elsewhere) == []


def test_a_database_of_the_former_rule_is_pointed_out_and_no_second_one_begun(
    site: Site, elsewhere: Path
) -> None:
    assert run_cli(site, "sync").code == 0
    for file in site.folder.glob("relative.db*"):
        file.rename(elsewhere / file.name)
    former = f'[database] url = "sqlite:///{elsewhere}/relative.db"'
    checked = run_cli(site, "config", "check")
    assert (checked.code, former in checked.err) == (0, True)
    doctor = run_cli(site, "doctor", "--offline", "--json").document["checks"][0]
    assert (doctor["status"], former in doctor["hint"]) == ("warn", True)
    for command in (("sync",), ("run",), ("db", "upgrade")):
        refused = run_cli(site, *command)
        assert refused.code == 78
        assert f"earlier versions recorded into {elsewhere}/relative.db" in refused.err
    assert list(site.folder.glob("relative.db*")) == []
    # What the message proposes works.
    environ = {"SYNCER_DATABASE__URL": f"sqlite:///{elsewhere}/relative.db"}
    result = run_cli(site, "sync", environ=environ)
    assert (result.code, "earlier versions" in result.err) == (0, False)


@pytest.mark.parametrize(
    ("config", "written"),
    [("config.toml", '"sqlite:///mine.db"'), ("other/config.toml", '"sqlite:///{}/mine.db"')],
)
def test_init_writes_a_database_that_is_in_the_working_directory(
    site: Site, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, config: str, written: str
) -> None:
    monkeypatch.setenv("SYNCER_API__BASE_URL", site.server.base_url)
    (elsewhere / "other").mkdir()
    words = ("--username", "Tester", "--games", "1", "--key-file", str(site.folder / "key"))
    result = run_cli(site, "--config", config, "init", "--yes", *words, "--database", "sqlite:///mine.db")
    assert result.code == 0, result.err
    assert f"url = {written.format(elsewhere)}\n" in (elsewhere / config).read_text()
