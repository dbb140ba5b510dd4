"""./run with the tools of other machines."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
RECORD = '#!/bin/sh\necho "$0 $* $TMPDIR" >>calls\n'
DF = "#!/bin/sh\necho Available\necho tmpfs 1 1 {free} 1 /dev/shm\n"
NO_DF = "#!/bin/sh\nexit 1\n"  # there is no /dev/shm
MKTEMP = "#!/bin/sh\nmkdir memory && echo $PWD/memory\n"


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def run_verb(folder: Path, verb: str) -> str:
    """Return the calls of Python and mypy of `./run VERB`; programs in shims/ come before others."""
    shutil.copy(HOME / "run", folder / "run")
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (folder / name).touch()
    for name in ("python", "mypy"):
        executable(folder / ".venv" / "bin" / name, RECORD)
    environ = os.environ | {"PATH": f"{folder}/shims:{os.environ['PATH']}", "TMPDIR": "/tmp"}
    result = subprocess.run([folder / "run", verb], env=environ, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return (folder / "calls").read_text()


def test_a_shim_of_uv_that_does_not_work_is_not_used(tmp_path: Path) -> None:
    executable(tmp_path / "shims" / "uv", "#!/bin/sh\necho 'no version of uv is selected' >&2\nexit 127\n")
    calls = run_verb(tmp_path, "types")
    assert ("-m pip install" in calls, "bin/mypy" in calls) == (True, True)


@pytest.mark.parametrize(
    ("df", "place"),
    [(DF.format(free=9_000_000), "{}/memory"), (DF.format(free=7_000_000), "/tmp"), (NO_DF, "/tmp")],
    ids=["room", "too little", "none"],
)
def test_the_files_of_all_tests_are_in_memory_where_it_has_room(tmp_path: Path, df: str, place: str) -> None:
    executable(tmp_path / "shims" / "df", df)
    executable(tmp_path / "shims" / "mktemp", MKTEMP)
    calls = run_verb(tmp_path, "test").splitlines()
    assert [call.split()[-1] for call in calls if "-m pytest" in call] == [place.format(tmp_path)]
    assert not (tmp_path / "memory").exists()
