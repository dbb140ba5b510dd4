"""The URL of `db copy` need not stand among the arguments, which other users can see."""

from pathlib import Path

import pytest

from .simulated_site import Site, run_cli

PASSWORD = "canary0canary0"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_url_is_taken_from_a_file(site: Site, encoding: str) -> None:
    assert run_cli(site, "db", "upgrade").code == 0
    file = site.folder / "url"
    file.write_bytes(f'"sqlite:///{site.folder}/copy.db"\r\n'.encode(encoding))
    result = run_cli(site, "db", "copy", "--url-file", str(file))
    assert (result.code, (site.folder / "copy.db").is_file()) == (0, True), result.err


def test_a_url_is_taken_from_the_environment(site: Site) -> None:
    assert run_cli(site, "db", "upgrade").code == 0
    environ = {"SYNCER_COPY_URL": f"sqlite:///{site.folder}/copy.db"}
    assert run_cli(site, "db", "copy", environ=environ).code == 0
    assert (site.folder / "copy.db").is_file()


def test_a_relative_url_begins_in_the_working_directory(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert run_cli(site, "db", "upgrade").code == 0
    assert run_cli(site, "db", "copy", "sqlite:///copy.db").code == 0
    assert run_cli(site, "db", "copy", "sqlite:///~/copy.db").code == 0
    assert [(tmp_path / name / "copy.db").is_file() for name in ("work", "home")] == [True, True]


def test_none_or_two_urls_are_a_usage_error(site: Site) -> None:
    (site.folder / "url").write_text("sqlite:///x.db")
    for words, what in (
        ((), "--url-file FILE or $SYNCER_COPY_URL"),
        (("sqlite:///y.db", "--url-file", str(site.folder / "url")), "keep one"),
    ):
        result = run_cli(site, "db", "copy", *words)
        assert (result.code, what in result.err) == (2, True), result.err


def test_a_password_among_the_arguments_is_warned_of_and_not_repeated(site: Site) -> None:
    assert run_cli(site, "db", "upgrade").code == 0
    url = f"postgresql://u:{PASSWORD}@127.0.0.1:1/none"
    result = run_cli(site, "db", "copy", url)
    assert "can see the password in the list of processes" in result.err
    assert PASSWORD not in result.out + result.err
    assert "list of processes" not in run_cli(site, "db", "copy", environ={"SYNCER_COPY_URL": url}).err
