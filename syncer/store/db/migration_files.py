"""Where the migrations are, and which revisions they make."""

from pathlib import Path

PACKAGE = Path(__file__).parents[2]
ROOT = PACKAGE / "_data" if (PACKAGE / "_data" / "alembic.ini").exists() else PACKAGE.parent
MIGRATIONS = ROOT / "migrations"


def revisions() -> list[str]:
    """Return the revisions of this version, oldest first, by the numbers of files: Alembic loads slowly."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def head() -> str:
    return revisions()[-1]
