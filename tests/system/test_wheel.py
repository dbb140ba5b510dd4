"""The wheel works from any folder, carries nothing that git does not track, and no fault injection."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncer import __version__
from syncer.demo.seed import TITLES
from syncer.store.db.revision import head

HOME = Path(__file__).parents[2]
COMMAND = """
import sys
from importlib.metadata import distributions
(wheel,) = distributions(name="ra-syncer", path=sys.argv[1:2])
(command,) = wheel.entry_points
assert (command.group, command.name) == ("console_scripts", "syncer")
command.load()(sys.argv[2:])
"""  # what the installed `syncer` does
DEMO = """
import sys
from datetime import timedelta
from syncer.cli.commands import demo
from syncer.cli.main import main
from syncer.core.model.schedule import IntervalSchedule
demo.FAST = IntervalSchedule(timedelta(hours=12))  # a sixth of its polls is enough
assert demo.__file__.startswith(sys.argv[1])
main(["demo", "--once"])
"""
MANUAL = f"ra_syncer-{__version__}.data/data/share/man/man1/syncer.1"  # an installer puts it into share/man


@dataclass(frozen=True)
class Wheel:
    """A wheel built from the tracked files, and the folder into which it was unpacked."""

    tracked: tuple[str, ...]
    carried: frozenset[str]
    folder: Path

    def run(self, *arguments: str, **environ: str) -> str:
        """Return what Python prints with the unpacked wheel in its path, run in another folder."""
        return subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": str(self.folder), **environ},
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Wheel:
    folder = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, check=True).stdout
    names = tuple(name for name in listed.decode().split("\0") if name and (HOME / name).is_file())
    copy = folder / "copy"
    for name in names:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(HOME / name, copy / name)
    (copy / "migrations" / ".env").write_text("SECRET=1")
    (copy / "syncer" / "mine.key").write_text("secret")
    build: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "-o", folder / "dist", copy]
    subprocess.run(build, check=True, capture_output=True)
    (file,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        carried = frozenset(name for name in archive.namelist() if ".dist-info/" not in name)
        archive.extractall(folder / "site")
    return Wheel(names, carried, folder / "site")


def test_it_carries_the_package_its_data_and_nothing_else(wheel: Wheel) -> None:
    package = {name for name in wheel.tracked if name.startswith("syncer/")}
    starts = ("migrations/", "alembic.ini", "config.example")
    data = {f"syncer/_data/{name}" for name in wheel.tracked if name.startswith(starts)}
    assert wheel.carried == package | data | {MANUAL}
    assert (wheel.folder / MANUAL).read_bytes() == (HOME / "docs" / "syncer.1").read_bytes()


def test_it_carries_no_fault_injection(wheel: Wheel) -> None:
    files = [name for name in wheel.carried if name.startswith("syncer/demo/")]
    assert len(files) > 10
    assert [name for name in files if re.search("fault", name)] == []
    texts = {name: (wheel.folder / name).read_text() for name in files}
    assert [name for name, text in texts.items() if re.search(r"(?i)(?<!de)fault|inject", text)] == []


def test_it_migrates_a_database_and_its_command_starts(wheel: Wheel, tmp_path: Path) -> None:
    environ = {
        "SYNCER_API__KEY": "k",
        "SYNCER_API__USERNAME": "Max",
        "SYNCER_PLAYERS__0__GAMES": "1",
        "SYNCER_DATABASE__URL": f"sqlite:///{tmp_path / 'x.db'}",
    }
    assert f"revision {head()}" in wheel.run("-m", "syncer", "db", "upgrade", **environ)
    version = wheel.run("-c", COMMAND, str(wheel.folder), "--version", **environ)
    assert version == f"syncer, version {__version__}\n"


def test_its_demo_runs(wheel: Wheel, tmp_path: Path) -> None:
    shown = wheel.run("-c", DEMO, str(wheel.folder), TMPDIR=str(tmp_path))
    assert "PixelHeron" in shown
    # Games are shown by their titles; which of them changed last depends on the hour.
    assert any(title in shown for _, title, *_ in TITLES)
    assert max(map(len, shown.split("The database:")[0].splitlines())) <= 80
