"""./run with the tools of other machines."""

import os
import shutil
import subprocess
from pathlib import Path

HOME = Path(__file__).parents[2]
RECORD = '#!/bin/sh\necho "$0 $*" >>calls\n'


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def test_a_shim_of_uv_that_does_not_work_is_not_used(tmp_path: Path) -> None:
    shutil.copy(HOME / "run", tmp_path / "run")
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    executable(tmp_path / "shims" / "uv", "#!/bin/sh\necho 'no version of uv is selected' >&2\nexit 127\n")
    for name in ("python", "mypy"):
        executable(tmp_path / ".venv" / "bin" / name, RECORD)
    environ = os.environ | {"PATH": f"{tmp_path}/shims:{os.environ['PATH']}"}
    result = subprocess.run([tmp_path / "run", "types"], env=environ, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    calls = (tmp_path / "calls").read_text()
    assert ("-m pip install" in calls, "bin/mypy" in calls) == (True, True)
