"""The wheel works from any folder and carries nothing that git does not track."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from syncer import __version__
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


def test_the_built_wheel_carries_its_data_and_nothing_else(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, check=True).stdout
    names = [name for name in listed.decode().split("\0") if name and (HOME / name).is_file()]
    for name in names:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(HOME / name, copy / name)
    (copy / "migrations" / ".env").write_text("SECRET=1")
    (copy / "syncer" / "mine.key").write_text("secret")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "-o", tmp_path / "dist", copy],
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
        archive.extractall(tmp_path / "site")
    package = {name for name in names if name.startswith("syncer/")}
    data = {
        f"syncer/_data/{n}" for n in names if n.startswith(("migrations/", "alembic.ini", "config.example"))
    }
    manual = (
        f"ra_syncer-{__version__}.data/data/share/man/man1/syncer.1"  # an installer puts it into share/man
    )
    assert carried == package | data | {manual}
    assert (tmp_path / "site" / manual).read_bytes() == (HOME / "docs" / "syncer.1").read_bytes()

    env = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "site"),
        "SYNCER_API__KEY": "k",
        "SYNCER_API__USERNAME": "Max",
    }
    env |= {"SYNCER_PLAYERS__0__GAMES": "1", "SYNCER_DATABASE__URL": f"sqlite:///{tmp_path / 'x.db'}"}
    made = subprocess.run(
        [sys.executable, "-m", "syncer", "db", "upgrade"],
        env=env,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"revision {head()}" in made.stdout
    said = subprocess.run(
        [sys.executable, "-c", COMMAND, tmp_path / "site", "--version"],
        env=env,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == f"syncer, version {__version__}\n"
