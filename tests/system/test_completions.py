"""Shell completion, by click's protocol and in bash itself."""

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
    ("shell", "line", "word", "expected"),
    [
        ("bash", "syncer st", "1", ["plain,status"]),
        ("bash", "syncer --config x.toml h", "3", ["plain,history", "plain,health"]),  # after an option
        ("bash", "syncer db c", "2", ["plain,check", "plain,copy", "plain,current"]),
        ("bash", "syncer db f", "2", []),  # the alias `forget` is hidden
        ("bash", "syncer history 1 --s", "3", ["plain,--since"]),
        ("bash", "syncer completions f", "2", ["plain,fish"]),
        ("bash", "syncer --config ", "2", ["file,"]),  # the shell completes file names
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
            ["plain", "show", "Show each setting, its value and its origin."],
        ),
        ("fish", "syncer config s", "s", ["plain,show\tShow each setting, its value and its origin."]),
        (
            "fish",
            "syncer fetch Max --t",
            "--t",
            ["plain,--table\tColumns for people."],
        ),
    ],
)
def test_a_shell_gets_the_completions_of_a_word(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shell: str,
    line: str,
    word: str,
    expected: list[str],
) -> None:
    variables = {"_SYNCER_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": word}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with logs_restored(), pytest.raises(SystemExit, match="0"):
        main([])
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line] == expected


def test_completing_a_command_imports_no_library() -> None:
    env = {**os.environ, "_SYNCER_COMPLETE": "bash_complete", "COMP_WORDS": "syncer ", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", WATCH]
    done = subprocess.run(command, env=env, cwd=HOME, capture_output=True, text=True, check=True)
    assert len(done.stdout.split()) > 10
    assert done.stderr.strip() == "[]"


def test_bash_completes(site: Site, tmp_path: Path) -> None:
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
    done = subprocess.run(
        ["bash", "--norc", "-c", tab, script], env=env, capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == (["check", "copy", "current"], "")


@pytest.mark.parametrize(("shell", "no_execution"), [("zsh", "-n"), ("fish", "--no-execute")])
def test_zsh_and_fish_accept_their_scripts(site: Site, tmp_path: Path, shell: str, no_execution: str) -> None:
    script = tmp_path / "completions"
    script.write_text(run_cli(site, "completions", shell).out)
    assert f"_SYNCER_COMPLETE={shell}_complete" in script.read_text()
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed; only its protocol is tested")
    subprocess.run([shell, no_execution, script], check=True)


def test_an_unknown_shell_or_instruction_is_a_usage_error(site: Site) -> None:
    assert run_cli(site, "completions", "tcsh").code == 2
    assert run_cli(site, environ={"_SYNCER_COMPLETE": "tcsh_source"}).code == 2
    assert run_cli(site, environ={"_SYNCER_COMPLETE": "bash_complete"}).code == 2
