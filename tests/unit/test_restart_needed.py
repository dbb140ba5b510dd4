"""Which changed settings a running daemon cannot take over."""

import pytest

from syncer.config import load, needs_restart

from .config_files import GOOD

URL = "SYNCER_DATABASE__URL"


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({}, {"SYNCER_LOG__LEVEL": "debug", "SYNCER_API__BURST": "2"}, []),
        ({}, {"SYNCER_SCHEDULE__IDLE_EVERY": "2d", "SYNCER_PLAYERS__0__SESSIONS": "false"}, []),
        ({}, {"SYNCER_WEB__ICONS": "true"}, ["[web] icons"]),
        ({URL: "sqlite:////x/a.db"}, {URL: "sqlite:////x/b.db"}, ["[database] url"]),
        ({URL: "postgresql://u:a@h/d"}, {URL: "postgresql://u:b@h/d"}, ["[database] url"]),
    ],
)
def test_only_settings_that_are_read_at_start_need_a_restart(
    before: dict[str, str], after: dict[str, str], names: list[str]
) -> None:
    started, now = load(None, GOOD | before), load(None, GOOD | after)
    assert (needs_restart(started, now), needs_restart(started, started)) == (names, [])
