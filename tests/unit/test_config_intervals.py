"""How often is polled: idle_every and play_every beside every and at, and what each player gets of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from syncer.app import open_app
from syncer.config import Config, load
from syncer.core.clock import SystemClock

from .config_files import GOOD, problems_of, write_config

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
IDLE, PLAY = "SYNCER_SCHEDULE__IDLE_EVERY", "SYNCER_SCHEDULE__PLAY_EVERY"


def loaded(folder: Path, schedule: str) -> Config:
    return load(write_config(folder, f"[schedule]\n{schedule}\n"), GOOD)


def shown(config: Config, setting: str) -> tuple[object, str]:
    return next((value, origin) for name, value, origin in config.shown if name == setting)


@pytest.mark.parametrize(
    ("schedule", "idle", "play"),
    [
        ("", DAY, 5 * MINUTE),
        ('every = "2m"', DAY, 2 * MINUTE),
        ('every = "2d"', 2 * DAY, 5 * MINUTE),
        ('idle_every = "7d"\nplay_every = "1m"', 7 * DAY, MINUTE),
        ('every = "1h"\nidle_every = "1h"\nplay_every = "1h"', 60 * MINUTE, 60 * MINUTE),
        ('play_every = "off"', DAY, None),
        ('at = ["06:00"]', None, None),
        ('at = ["06:00"]\nplay_every = "1m"', None, None),
    ],
)
def test_the_intervals_are_those_that_are_set_or_fit_beside_every(
    folder: Path, schedule: str, idle: timedelta | None, play: timedelta | None
) -> None:
    config = loaded(folder, schedule)
    assert (config.idle_every, config.play_every) == (idle, play)


def test_the_intervals_are_shown_as_they_could_be_written_with_their_origin(folder: Path) -> None:
    config = load(None, GOOD | {IDLE: "36h", "SYNCER_PLAYERS__0__SESSIONS": "false"})
    assert shown(config, "schedule.idle_every") == ("36h", f"${IDLE}")
    assert shown(config, "schedule.play_every") == ("5m", "default")
    assert shown(config, "players.0.sessions") == (False, "$SYNCER_PLAYERS__0__SESSIONS")
    assert shown(load(None, GOOD), "schedule.idle_every") == ("1d", "default")
    assert shown(load(None, GOOD | {PLAY: "off"}), "schedule.play_every") == ("off", f"${PLAY}")
    assert shown(loaded(folder, 'at = ["06:00"]'), "schedule.idle_every") == (None, "default")


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (
            'idle_every = "10m"',
            "[schedule] idle_every: 10m is shorter than every, which is 15m; set the same or a longer time",
        ),
        (
            'at = ["06:00"]\nidle_every = "1d"',
            "[schedule] idle_every: all games are polled at each of the times of at; remove idle_every",
        ),
        (
            'play_every = "20m"',
            "[schedule] play_every: 20m is longer than every, which is 15m; set the same or a shorter time, "
            'or "off"',
        ),
        ('play_every = "59s"', "[schedule] play_every: less than a minute"),
        ('play_every = "0s"', '[schedule] play_every: less than a minute; set 1m or longer, or "off"'),
        (
            'play_every = "of"',
            "[schedule] play_every: 'of' is not a duration (like 45s, 15m, 6h, 7d), nor \"off\"",
        ),
        ("play_every = false", 'play_every: False is not a duration (like 45s, 15m, 6h, 7d), nor "off"'),
        ('idle_every = "off"', "[schedule] idle_every: 'off' is not a duration"),
        ('idle_evry = "1d"', "[schedule] idle_evry: is not a setting; did you mean idle_every?"),
        ('play_evry = "1m"', "[schedule] play_evry: is not a setting; did you mean play_every?"),
        ('every = "3x"\nidle_every = "1m"', "[schedule] every: '3x' is not a duration"),
        ('at = ["25:00"]\nidle_every = "1m"', "[schedule] at: '25:00' is not a time"),
    ],
)
def test_an_interval_that_does_not_fit_is_one_problem(folder: Path, schedule: str, expected: str) -> None:
    (problem,) = problems_of(folder, f"[schedule]\n{schedule}\n", GOOD)
    assert expected in problem


def test_a_problem_of_a_variable_names_it(folder: Path) -> None:
    (problem,) = problems_of(folder, "", GOOD | {IDLE: "10m"})
    assert problem.startswith(f"${IDLE}: 10m is shorter than every")
    (problem,) = problems_of(folder, "", GOOD | {"SYNCER_PLAYERS__0__SESSION": "true"})
    assert problem == "$SYNCER_PLAYERS__0__SESSION: session is not a setting; did you mean sessions?"


def test_each_player_gets_the_intervals_and_whether_to_record_sessions(folder: Path) -> None:
    url = {"SYNCER_DATABASE__URL": f"sqlite:///{folder / 'syncer.db'}"}
    for more, expected in (
        ({}, (DAY, 5 * MINUTE, True)),
        ({IDLE: "7d", PLAY: "off", "SYNCER_PLAYERS__0__SESSIONS": "false"}, (7 * DAY, None, False)),
        ({"SYNCER_SCHEDULE__AT": "06:00", PLAY: "1m"}, (None, None, True)),
    ):
        with open_app(load(None, GOOD | url | more), SystemClock()) as app:
            (tracked,) = app.tracked_players()
        assert (tracked.idle_every, tracked.play_every, tracked.sessions) == expected
