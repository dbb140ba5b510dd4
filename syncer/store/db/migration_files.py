"""Where the migrations are, and which revisions they make."""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
ROOT = PACKAGE / "_data" if (PACKAGE / "_data" / "alembic.ini").exists() else PACKAGE.parent
MIGRATIONS = ROOT / "migrations"


@cache  # asked at each opening, also where no more files can be opened
def revisions(folder: Path = MIGRATIONS) -> tuple[str, ...]:
    """Return the revisions of this version, oldest first, by the numbers of files: Alembic loads slowly."""
    names = (file.name for file in (folder / "versions").glob("[0-9]*_*.py"))
    return tuple(sorted(name.partition("_")[0] for name in names))


def head(folder: Path = MIGRATIONS) -> str:
    return revisions(folder)[-1]
