"""The machine's time zone: another one than the machine means is never taken without a word."""

from pathlib import Path

import pytest

from syncer.config import load
from syncer.config.timezone import find_zone

from .config_files import GOOD, WHOLE_KEY, write_config

ZONES = Path("/usr/share/zoneinfo")


@pytest.mark.parametrize(
    "text",
    ["Europe/Berlin", ":Europe/Berlin", '"Europe/Berlin"', "'Europe/Berlin' ", f"{ZONES}/Europe/Berlin"],
)
def test_a_zone_is_understood_as_people_write_it(folder: Path, text: str) -> None:
    assert [str(part) for part in find_zone({"TZ": text}, folder / "none")] == ["Europe/Berlin", ""]


@pytest.mark.parametrize("text", ["", "UTC", "UTC0", "Etc/UTC", '"UTC"'])
def test_utc_by_name_or_by_default_is_no_problem(folder: Path, text: str) -> None:
    zone, problem = find_zone({"TZ": text}, folder / "none")
    assert (str(zone).removeprefix("Etc/"), problem) == ("UTC", "")


@pytest.mark.parametrize(
    "text", ["Europe/Berln", "CET-1CEST,M3.5.0,M10.5.0/3", "Europe", "/etc/passwd", "../x", "\0"]
)
def test_a_zone_that_cannot_be_resolved_is_named(folder: Path, text: str) -> None:
    zone, problem = find_zone({"TZ": text}, folder / "none")
    assert (str(zone), f"$TZ is {text!r}" in problem, "days begin in UTC" in problem) == ("UTC", True, True)
    (folder / "localtime").symlink_to(ZONES / "Asia/Tokyo")
    zone, problem = find_zone({"TZ": text}, folder / "localtime")
    assert (str(zone), problem.endswith("days begin in Asia/Tokyo")) == ("Asia/Tokyo", True)


def test_a_mounted_localtime_is_warned_of_unless_it_is_utc(folder: Path) -> None:
    file = folder / "localtime"
    file.write_bytes((ZONES / "Europe/Berlin").read_bytes())
    zone, problem = find_zone({}, file)
    assert (str(zone), problem) == (
        "UTC",
        f"{file} does not say which time zone it is: days begin in UTC",
    )
    file.write_bytes((ZONES / "Etc/UTC").read_bytes())
    assert find_zone({}, file)[1] == ""


def test_the_warning_ends_with_a_configured_zone(folder: Path) -> None:
    wrong = GOOD | WHOLE_KEY | {"TZ": "Europe/Berln"}
    config = load(write_config(folder, ""), wrong)
    (warning,) = config.warnings
    assert warning.startswith(config.zone_problem + "; try: [schedule] timezone")
    assert load(write_config(folder, '[schedule]\ntimezone = "Asia/Tokyo"\n'), wrong).warnings == ()
