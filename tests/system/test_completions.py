"""What a shell is told when somebody presses Tab: by click's protocol, and by bash itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from shlex import quote

import pytest

from syncer.cli.main import main

from .simulated_site import Site, logs_restored, run_cli

HOME = Path(__file__).parents[2]
WATCH = """
import sys
from syncer.cli.main import main
try: main()
finally:
    heavy = ("sqlalchemy", "requests", "pydantic", "rich")
    print([name for name in heavy if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("shell", "line", "word", "wanted"),
    [
        ("bash", "syncer st", "1", ["plain,status"]),
        ("bash", "syncer --config x.toml h", "3", ["plain,history", "plain,health"]),  # after an option
        ("bash", "syncer db c", "2", ["plain,check", "plain,copy", "plain,current"]),
        ("bash", "syncer history 1 --s", "3", ["plain,--since"]),
        ("bash", "syncer completions f", "2", ["plain,fish"]),
        ("bash", "syncer --config ", "2", ["file,"]),  # the shell completes names of files
        (
            "zsh",
            "syncer dem",
            "1",
            ["plain", "demo", "Run the real daemon against a simulated site; needs no key."],
        ),
        (
            "zsh",
            "syncer config s",
            "2",
            ["plain", "show", "Each setting, its value and its origin."],
        ),
        ("fish", "syncer config s", "s", ["plain,show\tEach setting, its value and its origin."]),
        (
            "fish",
            "syncer fetch Max --t",
            "--t",
            ["plain,--table\tColumns for people."],
        ),
    ],
)
def test_a_shell_is_told_how_a_line_could_go_on(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shell: str,
    line: str,
    word: str,
    wanted: list[str],
) -> None:
    asked = {"_SYNCER_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": word}
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    with logs_restored(), pytest.raises(SystemExit, match="0"):
        main([])
    said = capsys.readouterr().out.splitlines()
    assert [text for text in said if text] == wanted


def test_the_names_of_commands_import_none_of_them() -> None:
    env = {**os.environ, "_SYNCER_COMPLETE": "bash_complete", "COMP_WORDS": "syncer ", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", WATCH]
    told = subprocess.run(command, env=env, cwd=HOME, capture_output=True, text=True, check=True)
    assert len(told.stdout.split()) > 10
    assert told.stderr.strip() == "[]"


def test_bash_itself_completes(site: Site, tmp_path: Path) -> None:
    script = tmp_path / "completions"
    script.write_text(run_cli(site, "completions", "bash").out)
    subprocess.run(["bash", "-n", script], check=True)
    command = tmp_path / "bin" / "syncer"
    command.parent.mkdir()
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH={quote(str(HOME))} exec {quote(sys.executable)} -m syncer "$@"\n'
    )
    command.chmod(0o755)
    tab = (
        'source "$0"; COMP_WORDS=(syncer db c); COMP_CWORD=2; _syncer_completion syncer; echo ${COMPREPLY[*]}'
    )
    env = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}"}
    said = subprocess.run(
        ["bash", "--norc", "-c", tab, script], env=env, capture_output=True, text=True, check=True
    )
    assert (said.stdout.split(), said.stderr) == (["check", "copy", "current"], "")


@pytest.mark.parametrize(("shell", "only_read"), [("zsh", "-n"), ("fish", "--no-execute")])
def test_the_other_shells_get_scripts_of_their_own(
    site: Site, tmp_path: Path, shell: str, only_read: str
) -> None:
    script = tmp_path / "completions"
    script.write_text(run_cli(site, "completions", shell).out)
    assert f"_SYNCER_COMPLETE={shell}_complete" in script.read_text()
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed; only its protocol is tested")
    subprocess.run([shell, only_read, script], check=True)


def test_what_no_shell_asks_is_a_usage_error(site: Site) -> None:
    assert run_cli(site, "completions", "tcsh").code == 2
    assert run_cli(site, environ={"_SYNCER_COMPLETE": "tcsh_source"}).code == 2
    assert run_cli(site, environ={"_SYNCER_COMPLETE": "bash_complete"}).code == 2
