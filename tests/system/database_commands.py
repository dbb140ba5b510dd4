"""Shared by the tests of export and of the commands below `syncer db`."""

from pathlib import Path

from .simulated_site import CliResult, Site, run_cli


def assert_refused(result: CliResult, code: int, *words: str) -> None:
    assert (result.code, [word for word in words if word not in result.err]) == (code, []), result.err


def sync_twice(site: Site) -> Site:
    """Store five snapshots: of four games, one of which then changes."""
    site.prepare_database()
    assert run_cli(site, "sync").code == 0
    site.earn(1)
    assert run_cli(site, "sync").code == 0
    return site


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files that no reading command may change."""
    changed_by_reading = ("-wal", "-shm", "-lock", "-holder")
    files = [f for f in folder.iterdir() if f.is_file() and not f.name.endswith(changed_by_reading)]
    return {file.name: file.read_bytes() for file in files}
